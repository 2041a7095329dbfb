import { type Case, refused, typing } from "../case.ts";
import { file, memoryLimit, runs } from "../on-host.ts";

/** How instances come, run and go. */
export const lives: readonly Case[] = [
  ["lxc init tiny c1 < /dev/null", /Creating c1/, runs("c1", false)],
  [
    "printf 'config:\\n  limits.memory: 64MiB\\n' | lxc init tiny c2 -c user.a=b -d root,pool=default -p default -s default",
    /Creating c2/,
  ],
  [
    "lxc config get c2 limits.memory; lxc config get c2 user.a; lxc config device get c2 root pool",
    "64MiB\nb\ndefault",
  ],
  ["lxc init c3 --empty -e && lxc list c3 -f csv -c ns4t", /^c3,STOPPED,,CONTAINER \(EPHEMERAL\)$/m],
  ["lxc delete c3", ""],
  ["lxc start c1 c2", "", memoryLimit("c2", 64)],
  ["lxc list -f csv -c nsP", "c1,RUNNING,default\nc2,RUNNING,default"],
  ["lxc list status=running user.a=b -f csv -c n", "c2"],
  ["lxc list --fast -f compact", /NAME .*STATE .*ARCHITECTURE .*CREATED AT/],
  ['lxc list -f json | grep -c \'"name":"c1"\'', "1"],
  ["lxc list -f yaml", /^- architecture: (x86_64|aarch64)/],
  ["lxc list c1 -f csv -c 46abcdDefFlmMnNpPsStu", /^"?.*c1.*$/m],
  ["lxc pause c1 && lxc list c1 -f csv -c s", "FROZEN"],
  ["lxc start c1 && lxc list c1 -f csv -c s", "RUNNING", runs("c1")],
  ["lxc restart c1 -f && lxc restart c1 --timeout 20", "", runs("c1")],
  ["lxc info c1", /Name: c1\nStatus: RUNNING\nType: container\nArchitecture: .*\nPID: \d+\nCreated: .*\nLast Used: /],
  ["lxc info c1 --show-log", /Log:/],
  ["lxc info --resources", /CPU \(.*\):\n[^]*Cores:[^]*Memory:\n[^]*Total: /],
  ["lxc stop c1 && lxc stop c2 --force", "", runs("c1", false)],
  ["lxc stop c1", refused(/already stopped|not running/)],
  ["lxc start --all && lxc list -f csv -c ns", "c1,RUNNING\nc2,RUNNING"],
  ["lxc stop --all --force && lxc list -f csv -c ns", "c1,STOPPED\nc2,STOPPED"],
  ["lxc rename c2 c9 && lxc list -f csv -c n", "c1\nc9"],
  [
    "lxc launch tiny c4 --ephemeral -c limits.memory=32MiB --no-profiles -s default",
    /Starting c4/,
    memoryLimit("c4", 32),
  ],
  ["lxc delete c4", refused(/running/)],
  ["lxc stop c4 -f; until ! lxc info c4; do sleep 0.1; done > /dev/null 2>&1; lxc list -f csv -c n", "c1\nc9"],
  ["lxc delete c9 -i", typing(/Remove c9/, [/\(yes\/no\): /, "yes\r"])],
  [
    "lxc launch tiny c6 -c user.user-data='#cloud-config' && lxc exec c6 -- cat /var/lib/cloud/seed/nocloud-net/user-data && lxc delete -f c6",
    /#cloud-config/,
  ],
  [
    "lxc launch tiny c6 -c cloud-init.user-data='#cloud-config' && lxc exec c6 -- cat /var/lib/cloud/seed/nocloud-net/user-data && lxc delete -f c6",
    /#cloud-config/,
  ],
  ["lxc start nothing", refused(/does not exist/)],
  ["lxc launch nothing c5", refused(/no image "nothing"/)],
  ["lxc init tiny c1", refused(/exists already/)],
  ["lxc start c1", "", runs("c1")],
];

/** Commands and terminals in c1, which runs. */
export const sessions: readonly Case[] = [
  ["lxc exec c1 -- sh -c 'exit 7'; echo $?", "7"],
  ["lxc exec c1 -- nonsense; echo $?", /127$/],
  ["echo through | lxc exec c1 -- cat", "through"],
  ["echo through | lxc exec c1 -n -- cat", ""],
  ["lxc exec c1 --cwd /etc -- pwd", "/etc"],
  ["lxc exec c1 --env A=b -- sh -c 'echo $A $USER $HOME'", "b root /root"],
  ["lxc exec c1 --user 1000 --group 100 -- id", /uid=1000.* gid=100/],
  ["lxc exec c1 -T -- tty; true", "not a tty"],
  ["lxc exec c1 -t -- tty", /\/dev\/pts|\/dev\/console/],
  ["head -c 1000000 /dev/zero | lxc exec c1 -- wc -c", "1000000"],
  ["lxc exec c1 -- head -c 1000000 /dev/zero | wc -c", "1000000"],
  ["lxc exec c1 -- sh -c 'until stty size | grep .; do :; done'", typing(/24 80/)],
  ["lxc exec c1 -- sh -c 'echo begun; sleep 100'; echo $?", typing(/130\n/, [/begun/, "\u0003"])],
  ["lxc shell c1", typing(/\nc1\n/, [/# /, "hostname\r"], [/# /, "exit\r"])],
  ["lxc console c1", typing(/To detach from the console/, [/a q/, "\r"], [/login: /, "\u0001q"])],
  ["lxc console c1 --show-log", /Console log:/],
  [
    "lxc query -X DELETE /1.0/instances/c1/console && lxc query --raw /1.0/instances/c1/console | grep -c login",
    refused(/(?:)/),
  ],
  ["lxc console c1 --type vga", refused(/./)],
];

/** Configuration and devices of c1. */
export const configuration: readonly Case[] = [
  ["lxc config set c1 limits.memory 128MiB", "", memoryLimit("c1", 128)],
  ["lxc config set c1 user.a=1 user.b=2 && lxc config get c1 user.b", "2"],
  ["lxc config unset c1 user.b && lxc config get c1 user.b", ""],
  ["lxc config set c1 nonsense 1", refused(/nonsense/)],
  ["lxc config set c1 limits.memory lots", refused(/lots/)],
  ["lxc config show c1", /^architecture: .*\nconfig:\n(.*\n)* {2}user.a: "1"\n(.*\n)*profiles:\n- default/],
  ["lxc config show c1 --expanded | grep -A1 eth0:", /eth0:\n/],
  [
    "lxc config show c1 | sed 's/user.a: \"1\"/user.a: edited/' | lxc config edit c1 && lxc config get c1 user.a",
    "edited",
  ],
  ["EDITOR='sed -i s/edited/again/' lxc config edit c1", typing(/(?:)/)],
  ["lxc config get c1 user.a", "again"],
  ["lxc config device add c1 data disk source=$PWD path=/data", /Device data added to c1/],
  ["touch there && lxc exec c1 -- ls /data/there", "/data/there"],
  ["lxc config device list c1", "data"],
  ["lxc config device get c1 data path", "/data"],
  ["lxc config device show c1", /data:\n {2}path: \/data\n {2}source: .*\n {2}type: disk/],
  ["lxc config device set c1 data readonly=true && lxc exec c1 -- touch /data/x", refused(/Read-only/)],
  ["lxc config device unset c1 data readonly && lxc exec c1 -- ls /data/there", "/data/there"],
  ["lxc config device remove c1 data && lxc exec c1 -- ls /data/there", refused(/No such file/)],
  ["lxc config device override c1 eth0 mtu=1400 && lxc exec c1 -- cat /sys/class/net/eth0/mtu", /1400$/],
  [
    "lxc config device set c1 eth0 limits.egress 10Mbit && lxc query /1.0/instances/c1/state",
    /"limits": \{\s+"egress": 10000000\s/,
  ],
  [
    "lxc config device override c1 root limits.write=10MiB && lxc query /1.0/instances/c1/state",
    /"write_bytes": 10485760\s/,
  ],
  ["lxc config device set c1 root limits.write 10Mbit", refused(/limits.write "10Mbit" must be bytes a second/)],
  ["lxc config device remove c1 eth0 && lxc config device list c1", /eth0 removed/],
  ["lxc config device add c1 x nonsense", refused(/nonsense/)],
  ["lxc config set c1 boot.autostart=true security.nesting=true && lxc restart -f c1", "", runs("c1")],
];

/** Files of c1. */
export const files: readonly Case[] = [
  ["mkdir -p tree/deep && echo 1 > tree/one && echo 2 > tree/deep/two && ln -s one tree/link", ""],
  ["lxc file push -r tree c1/root/ && lxc exec c1 -- cat /root/tree/one /root/tree/deep/two", "1\n2"],
  ["lxc exec c1 -- readlink /root/tree/link", "one"],
  ["lxc file pull -r c1/root/tree back", "", file("back/tree/deep/two", /^2$/m)],
  ["lxc file push --mode=0640 --uid=1000 --gid=100 -p tree/one c1/srv/new/one", ""],
  ["lxc exec c1 -- stat -c '%a %u %g' /srv/new/one", "640 1000 100"],
  ["echo piped | lxc file push - c1/srv/piped && lxc file pull c1/srv/piped -", "piped"],
  ["EDITOR='sed -i s/piped/edited/' lxc file edit c1/srv/piped", typing(/(?:)/)],
  ["lxc file pull c1/srv/piped -", "edited"],
  ["lxc file delete c1/srv/piped && lxc file pull c1/srv/piped -", refused(/no such file/i)],
  ["lxc file pull c1/nothing .", refused(/no such file/i)],
  [
    "head -c 30000000 /dev/urandom > big && lxc file push big c1/root/big && lxc file pull c1/root/big - | cmp - big",
    "",
  ],
];

/** What c1 has of its image's metadata. */
export const metadata: readonly Case[] = [
  ["lxc config metadata show c1", /^architecture: .*\n(.*\n)*properties:\n(.*\n)* {2}os: /],
  ["lxc config metadata show c1 | sed 's/  os: .*/  os: Other/' | lxc config metadata edit c1", ""],
  ["lxc config metadata show c1", / {2}os: Other\n/],
  [
    "lxc config template list c1 -f csv; EDITOR='sh -c \"echo I am {{ container.name }} > $0\"' lxc config template create c1 motd.tpl",
    typing(/(?:)/),
  ],
  [
    "printf 'I am {{ container.name }}\\n' | lxc config template edit c1 motd.tpl && lxc config template list c1 -f csv",
    "motd.tpl",
  ],
  ["lxc config template show c1 motd.tpl", "I am {{ container.name }}"],
  [
    'lxc config metadata show c1 | sed \'s/^templates:.*/templates: {"\\/etc\\/motd": {"when": [start], "template": motd.tpl}}/\' | lxc config metadata edit c1',
    "",
  ],
  ["lxc restart -f c1 && lxc exec c1 -- cat /etc/motd", "I am c1"],
  ["lxc config metadata show c1 | sed '/^templates:/,$d' | lxc config metadata edit c1", ""],
  ["lxc config template delete c1 motd.tpl && lxc config template list c1 -f csv", ""],
];

/** Files by SFTP, which the client offers to any program. */
export const sftp: readonly Case[] = [
  [
    "lxc file mount c1 --listen 127.0.0.1:2222 --no-auth > /dev/null & until echo 'get /srv/new/one fetched' | sftp -q -P 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null 127.0.0.1 2> /dev/null; do sleep 0.1; done; kill $!",
    /(?:)/,
    file("fetched", /^1$/m),
  ],
];

/** Snapshots, copies, exports of c1. */
export const copies: readonly Case[] = [
  ["lxc exec c1 -- sh -c 'echo kept > /root/note'", ""],
  ["lxc snapshot c1 && lxc snapshot c1 named --no-expiry", ""],
  ["lxc snapshot c1 named", refused(/already/)],
  ["lxc snapshot c1 named --reuse", ""],
  ["lxc info c1 | grep -A9 Snapshots:", /snap0[^]*named/],
  ["lxc config show c1/named", /^(.*\n)*expires_at: "?0001-01-01T00:00:00Z/],
  [
    "lxc config set c1 snapshots.expiry=1d && lxc snapshot c1 dated && lxc query /1.0/instances/c1/snapshots/dated",
    /"expires_at": "2/,
  ],
  ["lxc rename c1/snap0 c1/first && lxc move c1/first c1/second", ""],
  ["lxc delete c1/dated && lxc list c1 -f csv -c S", "2"],
  ["lxc exec c1 -- rm /root/note && lxc restore c1 named && lxc exec c1 -- cat /root/note", "kept"],
  ["lxc copy c1/named c2 && lxc list c2 -f csv -c sS", "STOPPED,0"],
  ["lxc copy c1 c3 --instance-only -c user.copied=yes && lxc list c3 -f csv -c S,user.copied", /^0,yes/],
  ["lxc copy c1 c4 -p default -e --storage default && lxc list c4 -f csv -c St", "2,CONTAINER (EPHEMERAL)"],
  [
    "lxc config set c1 user.seen=yes && lxc copy c1 c2 --refresh && lxc list c2 -f csv -c sS,user.seen",
    /STOPPED,2,yes$/,
  ],
  ["lxc config get c2 volatile.uuid | grep -v $(lxc config get c1 volatile.uuid) | grep -c -", "1"],
  ["lxc copy c2 c1 --refresh", refused(/is running/)],
  ["lxc copy c1 c2", refused(/exists/)],
  ["lxc move c3 c5 && lxc list -f csv -c n", "c1\nc2\nc4\nc5"],
  [
    "lxc export c1 all.tar.gz --compression gzip && lxc export c1 one.tar --compression none --instance-only",
    /exported successfully/,
  ],
  ["tar tf one.tar | head -1; tar tf all.tar.gz | grep -c snapshots/named/$", /^backup\n?/],
  ["lxc delete -f c2 c4 c5 && lxc import all.tar.gz c2 -s default && lxc list c2 -f csv -c sS", "STOPPED,2"],
  ["lxc import one.tar", refused(/exists/)],
  ["echo nonsense > broken && lxc import broken c7", refused(/./)],
  ["lxc publish c1/named --alias golden os=Tiny version=1", /fingerprint/],
  [
    "lxc publish c1/named --alias dated --compression gzip --expire 2040-01-02T03:04:05Z && lxc image info dated && lxc image delete dated",
    /Expires: 2040/,
  ],
  ["lxc image show golden", /properties:\n(.*\n)* {2}os: Tiny\n(.*\n)* {2}version: "1"/],
  ["lxc publish c2 --alias golden2 --public && lxc image info golden2", /Public: yes/],
  ["lxc delete c2 && lxc image delete golden golden2", ""],
];

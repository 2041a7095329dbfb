import { type Case, refused, typing } from "../case.ts";
import { file, link, stored } from "../on-host.ts";

/** Images; `tiny` is there for both types, c1 runs. */
export const images: readonly Case[] = [
  ["lxc image list -f csv -c lt", "tiny,CONTAINER\ntiny,VIRTUAL-MACHINE"],
  ["lxc image list tiny type=container -f json | grep -c fingerprint", /^[1-9]/],
  ["lxc image export tiny out && ls out*", /out/],
  ["lxc image alias list -f csv", /^tiny,[0-9a-f]{12},CONTAINER,/m],
  ["lxc publish -f c1 --alias mine", /fingerprint/],
  ["lxc image info mine", /Fingerprint: [0-9a-f]{64}\nSize: .*\nArchitecture: /],
  ["lxc image show mine", /^auto_update: false\nproperties:/],
  ["lxc image set-property mine os Mine && lxc image get-property mine os", "Mine"],
  ["lxc image unset-property mine os && lxc image get-property mine os", ""],
  [
    "lxc image show mine | sed 's/public: false/public: true/' | lxc image edit mine && lxc image info mine",
    /Public: yes/,
  ],
  ["lxc image alias create yours $(lxc image list mine -f csv -c F)", ""],
  ["lxc image alias rename yours ours && lxc image alias list ours -f csv", /^ours,/],
  ["lxc image alias delete ours && lxc image alias list ours -f csv", ""],
  ["lxc image export mine && ls", /[0-9a-f]{64}\.tar\.(gz|xz|zst)|[0-9a-f]{64}\.tar/],
  ["lxc image refresh mine", refused(/did not come from another server/)],
  [
    "F=$(lxc image list mine -f csv -c F); lxc image delete mine && lxc image import $F* --alias back os=Back --public",
    /fingerprint/,
  ],
  ["lxc launch back c8 && lxc exec c8 -- hostname && lxc delete -f c8", /c8/],
  ["lxc image delete back", ""],
  ["lxc image delete nothing", refused(/no image/)],
];

export const profiles: readonly Case[] = [
  ["lxc profile create small && lxc profile list -f csv", /^default,.*\n(.*\n)*small,,0$/m],
  ["lxc profile set small limits.memory 48MiB && lxc profile get small limits.memory", "48MiB"],
  ["lxc profile show small | sed 's/^description:.*/description: Little ones/' | lxc profile edit small", ""],
  ["EDITOR='sed -i s/48MiB/40MiB/' lxc profile edit small", typing(/(?:)/)],
  [
    "lxc profile show small",
    /^config:\n {2}limits.memory: 40MiB\ndescription: Little ones\ndevices: {}\nname: small\nused_by: \[\]/,
  ],
  [
    "lxc profile device add small data disk source=/srv path=/srv && lxc profile device list small",
    "Device data added to small\ndata",
  ],
  ["lxc profile device set small data readonly true && lxc profile device get small data readonly", "true"],
  ["lxc profile device show small", /data:/],
  ["lxc profile device unset small data readonly && lxc profile device remove small data", /removed/],
  ["lxc profile copy small other && lxc profile rename other another", /./],
  ["lxc profile add c1 small && lxc profile show small | grep -A1 used_by", /instances\/c1/],
  ["lxc profile delete small", refused(/use/)],
  [
    "lxc profile remove c1 small && lxc profile assign c1 default,another && lxc list c1 -f csv -c P",
    /default\nanother|default,another/,
  ],
  [
    "lxc profile assign c1 default && lxc profile unset small limits.memory && lxc profile delete small another",
    refused(/(?:)/),
  ],
  [
    "lxc profile delete small; lxc profile delete another; lxc profile list -f csv | grep -cE 'small|another'",
    refused(/(?:)/),
  ],
];

export const networks: readonly Case[] = [
  [
    "lxc network create net1 ipv4.address=10.77.1.1/24 ipv4.nat=true ipv6.address=none",
    "Network net1 created",
    link("net1", /10\.77\.1\.1\/24/),
  ],
  ["lxc network list -f csv", /^net1,bridge,YES,10.77.1.1\/24,/m],
  ["lxc network show net1", /config:\n(.*\n)* {2}ipv4.address: 10.77.1.1\/24/],
  ["lxc network info net1", /Name: net1\nMAC address: .*\nMTU: 1500\nState: up/],
  ["lxc network set net1 dns.domain=one.example && lxc network get net1 dns.domain", "one.example"],
  ["lxc network unset net1 dns.domain && lxc network get net1 dns.domain", ""],
  [
    "lxc network show net1 | sed 's/^description:.*/description: First/' | lxc network edit net1 && lxc network show net1",
    /description: First/,
  ],
  ["EDITOR='sed -i s/First/Second/' lxc network edit net1", typing(/(?:)/)],
  ["lxc network attach net1 c1 eth1 eth1 && lxc exec c1 -- ip link show eth1", /eth1/],
  ["lxc network show net1 | grep -A1 used_by", /instances\/c1/],
  ["lxc network detach net1 c1 eth1 && lxc config device list c1", ""],
  [
    "lxc profile create p1 && lxc network attach-profile net1 p1 eth0 && lxc launch tiny c6 -p default -p p1",
    /Starting c6/,
  ],
  [
    "until lxc network list-leases net1 -f csv | grep -q c6; do sleep 0.1; done; lxc network list-leases net1 -f csv",
    /^c6,.*,10\.77\.1\.\d+,DYNAMIC/m,
  ],
  ["lxc delete -f c6 && lxc network detach-profile net1 p1 eth0 && lxc profile delete p1", /deleted/],
  ["lxc network forward create net1 192.0.2.7 target_address=10.77.1.20", /created/],
  ["lxc network forward list net1 -f csv", /192\.0\.2\.7,/],
  ["lxc network forward port add net1 192.0.2.7 tcp 80 10.77.1.21 8080", ""],
  ["lxc network forward show net1 192.0.2.7", /listen_port: "80"/],
  [
    "lxc network forward set net1 192.0.2.7 target_address=10.77.1.22 && lxc network forward get net1 192.0.2.7 target_address",
    "10.77.1.22",
  ],
  ["lxc network forward unset net1 192.0.2.7 target_address", ""],
  [
    "lxc network forward show net1 192.0.2.7 | sed 's/^description:.*/description: F/' | lxc network forward edit net1 192.0.2.7",
    "",
  ],
  ["lxc network forward port remove net1 192.0.2.7 tcp 80 && lxc network forward delete net1 192.0.2.7", /deleted/],
  ["lxc network rename net1 net2 && lxc network list -f csv", /^net2,/m, link("net2", /10\.77/)],
  ["lxc network delete net2 && lxc network list -f csv", /^(?![^]*net2,)/, link("net2", undefined)],
  ["lxc network create net1 nonsense=1", refused(/nonsense/)],
  ["lxc network acl list", refused(/network_acl|not supported|extension/)],
];

export const storage: readonly Case[] = [
  ["lxc storage create pool1 dir && lxc storage list -f csv", /^pool1,dir,.*,0,CREATED$/m],
  ["lxc storage show pool1", /config: .*\n(.*\n)*name: pool1\ndriver: dir/],
  ["lxc storage info pool1", /info:\n(.*\n)* {2}name: pool1\n(.*\n)* {2}total space: /],
  ["lxc storage set pool1 user.a=b && lxc storage get pool1 user.a", "b"],
  ["lxc storage unset pool1 user.a && lxc storage get pool1 user.a", ""],
  ["lxc storage show pool1 | sed 's/^description:.*/description: One/' | lxc storage edit pool1", ""],
  [
    "lxc storage volume create pool1 vol1 user.a=b && lxc storage volume list pool1 -f csv",
    /^custom,vol1,,filesystem,0/m,
  ],
  ["lxc query '/1.0/storage-pools/pool1/volumes?recursion=1&filter=name%20eq%20none'", "[]"],
  ["lxc query /1.0/storage-pools/pool1/volumes/custom/vol1/state", /"total": 0/],
  ["lxc storage volume show pool1 vol1", /config:\n(.*\n)* {2}user.a: b/],
  ["lxc storage volume info pool1 vol1", /Name: vol1\n/],
  ["lxc storage volume set pool1 vol1 user.a=c && lxc storage volume get pool1 vol1 user.a", "c"],
  ["lxc storage volume unset pool1 vol1 user.a", ""],
  [
    "lxc storage volume show pool1 vol1 | sed 's/^description:.*/description: V/' | lxc storage volume edit pool1 vol1",
    "",
  ],
  [
    "lxc storage volume attach pool1 vol1 c1 data /data && lxc exec c1 -- sh -c 'echo 1 > /data/x'",
    "",
    stored("pools/pool1"),
  ],
  ["lxc storage volume snapshot pool1 vol1 s1 && lxc storage volume info pool1 vol1", /Snapshots:[^]*\| s1 /],
  ["lxc storage volume list pool1 -f csv", /^custom \(snapshot\),vol1\/s1,,filesystem,0$/m],
  ["lxc storage volume list pool1 type=custom snapshot=false -f csv -c n", "vol1"],
  ["lxc storage volume detach pool1 vol1 c1 && lxc exec c1 -- ls /data/x", refused(/No such file/)],
  ["lxc storage volume restore pool1 vol1 s1", ""],
  ["lxc storage volume rename pool1 vol1/s1 vol1/s2; lxc storage volume rename pool1 vol1 vol2", /renamed/i],
  ["lxc storage volume copy pool1/vol2 pool1/vol3 && lxc storage volume move pool1/vol3 default/vol4", /./],
  [
    "lxc storage volume export pool1 vol2 v.tar.gz && lxc storage volume import pool1 v.tar.gz vol5",
    /exported successfully/,
    file("v.tar.gz", /./),
  ],
  [
    "lxc storage volume create pool1 blk --type=block size=16MiB && lxc storage volume list pool1 -f csv | grep blk",
    /block/,
  ],
  [
    "lxc profile create p2 && lxc storage volume attach-profile pool1 vol2 p2 d /d && lxc storage volume detach-profile pool1 vol2 p2",
    "Profile p2 created",
  ],
  ["lxc profile delete p2 && lxc storage volume delete pool1 vol2/s2", /deleted/],
  [
    "for v in vol2 vol5 blk; do lxc storage volume delete pool1 $v; done; lxc storage volume delete default vol4",
    /deleted/,
  ],
  ["lxc storage delete pool1 && lxc storage list -f csv", /^default,/m],
  ["lxc storage create pool1 nonsense", refused(/nonsense/)],
  ["lxc storage volume list default -f csv", /^container,c1,,filesystem,1$(.*\n)*image,[0-9a-f]{64},,filesystem,1$/m],
  ["lxc storage volume show default container/c1", /name: c1\n(.*\n)*type: container\n/],
  [
    "lxc snapshot c1 kept && lxc storage volume show default container/c1/kept && lxc delete c1/kept",
    /name: c1\/kept\n(.*\n)*content_type: filesystem/,
  ],
  ["lxc storage volume info default container/c1", /Name: c1\n(.*\n)*Type: container\n/],
  ["lxc storage info default", /info:\n(.*\n)* {2}name: default\n(.*\n)*used by:\n(.*\n)* {2}instances:\n {2}- c1/],
];

export const server: readonly Case[] = [
  ["lxc version", /Client version: 5\.0\.2\nServer version: ./],
  ["lxc info", /api_extensions:\n- .*[^]*environment:\n[^]*server: lodge/],
  ["lxc config set user.a=b && lxc config get user.a", "b"],
  ["lxc config unset user.a && lxc config get user.a", ""],
  ["lxc config show", /config:\n(.*\n)* {2}core.https_address: 127.0.0.1:8443/],
  ["lxc config show | sed 's/^config:/config:\\n  user.b: c/' | lxc config edit && lxc config get user.b", "c"],
  ["lxc query /1.0/instances", /"\/1.0\/instances\/c1"/],
  ['lxc query -X PATCH -d \'{"config": {"user.q": "r"}}\' --wait /1.0/instances/c1 && lxc config get c1 user.q', /r$/],
  ["lxc query --raw /1.0 | tr -d ' \n\t' | head -c 14", '{"type":"sync"'],
  ["lxc operation list -f csv", /,TOKEN,/],
  [
    "lxc exec c1 -- sleep 100 & until lxc operation list -f csv | grep -q WEBSOCKET,.*RUNNING; do sleep 0.1; done; lxc operation show $(lxc operation list -f csv | grep WEBSOCKET,.*RUNNING | cut -d, -f1); kill $!",
    /class: websocket/,
  ],
  ["lxc warning list -f csv", /(?:)/],
  ["W=$(lxc warning list -f csv | head -1 | cut -d, -f1); lxc warning show $W", /severity: /],
  [
    "W=$(lxc warning list -f csv | head -1 | cut -d, -f1); lxc warning acknowledge $W && lxc warning list -f csv | grep -c $W",
    refused(/(?:)/),
  ],
  ["W=$(lxc warning list --all -f csv | head -1 | cut -d, -f1); lxc warning delete $W", ""],
  [
    "lxc exec c1 -- sleep 100 & until O=$(lxc operation list -f csv | grep WEBSOCKET,.*RUNNING | cut -d, -f1) && test $O; do sleep 0.1; done; lxc operation delete $O; wait $! || true",
    /Operation .* deleted/,
  ],
  ["lxc cluster list", refused(/cluster/)],
  ["lxc remote list -f csv", /^local \(current\),unix:\/\//m],
  [
    "lxc remote add here unix:// 2>/dev/null; lxc remote rename images pictures && lxc remote set-url pictures https://127.0.0.1:1",
    "",
  ],
  ["lxc remote remove pictures && lxc remote get-default", "local"],
  [
    "lxc alias add ls 'list -f csv -c n' && lxc ls && lxc alias list -f csv && lxc alias rename ls l && lxc alias remove l",
    /^c1\nls,/,
  ],
  ["lxc config trust add --name robot && lxc config trust list-tokens -f csv", /robot/],
  ["lxc config trust revoke-token robot && lxc config trust list-tokens -f csv | grep -c robot", refused(/(?:)/)],
  [
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -out c.crt -subj /CN=x 2>/dev/null; lxc config trust add c.crt --name filed",
    "",
  ],
  ["F=$(lxc config trust list -f csv | grep filed | cut -d, -f4); lxc config trust show $F", /name: filed/],
  [
    "F=$(lxc config trust list -f csv | grep filed | cut -d, -f4); lxc config trust show $F | sed s/filed/edited/ | lxc config trust edit $F",
    "",
  ],
  [
    "lxc config trust remove $(lxc config trust list -f csv | grep edited | cut -d, -f4) && lxc config trust list -f csv",
    "",
  ],
];

export const projects: readonly Case[] = [
  ["lxc project list -f csv", /^default \(current\),/],
  ["lxc project show default", /name: default/],
  [
    "lxc project create blue -c features.images=false -c features.profiles=false && lxc project list -f csv",
    /^blue,NO,NO,YES,/m,
  ],
  ["lxc project set blue limits.containers=1 && lxc project get blue limits.containers", "1"],
  [
    "lxc project show blue | sed 's/^description:.*/description: Sky/' | lxc project edit blue && lxc project show blue",
    /description: Sky/,
  ],
  ["lxc init tiny p1 --project blue && lxc list --project blue -f csv -c n; lxc list -f csv -c n", /^p1\nc1$/m],
  ["lxc init tiny p2 --project blue", refused(/limits\.containers|at most/)],
  ["lxc project info blue", /CONTAINERS +\| 1 +\| 1 /],
  ["lxc list --all-projects -f csv -c en", "blue,p1\ndefault,c1"],
  ["lxc project delete blue", refused(/not empty/)],
  ["lxc project switch blue && lxc list -f csv -c n && lxc project switch default", "p1"],
  [
    "lxc delete p1 --project blue && lxc project unset blue limits.containers && lxc project get blue limits.containers",
    "",
  ],
  ["lxc project rename blue green && lxc project delete green && lxc project list -f csv | grep -c .", /1$/],
];

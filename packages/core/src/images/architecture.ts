/** Debian's and Go's names of architectures mean the kernel's. */
const aliases: Readonly<Record<string, string>> = {
  amd64: "x86_64",
  arm64: "aarch64",
  armhf: "armv7l",
  i386: "i686",
  i486: "i686",
  i586: "i686",
  ppc64el: "ppc64le",
};

export const kernelArchitecture = (name: string): string => aliases[name] ?? name;

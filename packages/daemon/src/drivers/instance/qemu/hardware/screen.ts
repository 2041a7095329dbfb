import { escapeCommas } from "./device.ts";
import { slots } from "./ports.ts";

/**
 * What a person sits at: VGA, the PS/2 keyboard that q35 has, and a pointer with absolute positions, which a viewer needs to
 * keep the guest's pointer under its own. It is a USB tablet, because every system with a graphical screen knows that one.
 * `socket` is the path of the unix socket on which QEMU serves the screen by VNC; it makes the socket itself. Without one nobody
 * sees the screen.
 */
export function screenArguments(socket: string | undefined): string[] {
  return [
    ...["-vga", "std"],
    // Viewers share the screen, also those that ask for it alone.
    ...["-display", "none", ...(socket === undefined ? [] : ["-vnc", `unix:${escapeCommas(socket)},share=ignore`])],
    ...["-device", `qemu-xhci,id=usb,addr=${slots.usb},p2=8,p3=8`, "-device", "usb-tablet,bus=usb.0"],
  ];
}

/** The peer understood a command and refused it. */
export class QmpError extends Error {
  readonly command: string;
  /** `GenericError`, `CommandNotFound`, `DeviceNotFound`… as QEMU names it. */
  readonly errorClass: string;
  /** QEMU's own words. */
  readonly description: string;

  constructor(command: string, errorClass: string, description: string) {
    super(`${command}: ${description}`);
    this.name = "QmpError";
    this.command = command;
    this.errorClass = errorClass;
    this.description = description;
  }
}

/** The connection is gone: nothing more can be asked of it, and commands under way have no answer. */
export class QmpClosedError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "QmpClosedError";
  }
}

/** The peer did not answer in time. The command may still take effect. */
export class QmpTimeoutError extends Error {
  constructor(what: string, milliseconds: number) {
    super(`${what}: no answer within ${milliseconds} ms`);
    this.name = "QmpTimeoutError";
  }
}

/** The peer sent what is no QMP; the connection has been closed because of it. */
export class QmpProtocolError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "QmpProtocolError";
  }
}

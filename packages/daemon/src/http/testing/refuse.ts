import { type ErrorCode, LodgeError } from "@lodge/api";

export const refuse = (code: ErrorCode, message: string): never => {
  throw new LodgeError({ code, message });
};

import { LodgeError } from "@lodge/api/errors";

/** The host has no such controller, or not for Lodge, or one that does not know this. */
export function noController(controller: string, file: string): LodgeError {
  const [, pageSize] = /^hugetlb\.([^.]+)\./.exec(file) ?? [];
  const what = pageSize
    ? `The host does not count huge pages of ${pageSize} by control groups: it has none of that size, or its hugetlb controller is not available to Lodge`
    : `The host's control groups have no ${file}: the ${controller} controller is not available to Lodge`;
  return new LodgeError({ code: "host_unsupported", message: `${what}, so this limit cannot be set.` });
}

export { FakeDaemon } from "./testing/fake-daemon.ts";
export type { FakeFile } from "./testing/fake-files.ts";
export { type FakeInstanceOptions, fakeInstance, fakeSnapshot } from "./testing/fake-instance.ts";
export { FakeOperations, failure, failureReply } from "./testing/fake-operations.ts";
export { errorReply, FakeServer, syncReply } from "./testing/fake-server.ts";

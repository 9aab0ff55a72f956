// Why there can be no virtual machine here: a reason for one loud line, never a failure of the tests.

export class Skip extends Error {
  override readonly name = "Skip";
}

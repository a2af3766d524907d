// Counting what was checked, in the words that tests/lint/count.py adds up.

let passed = 0;
let failed = 0;
let skipped = 0;

/** One named check; `problem` is empty or says what is wrong. */
export function check(name, problem = "") {
  if (problem) {
    failed += 1;
    console.log(`FAILED: ${name}: ${problem}`);
  } else {
    passed += 1;
  }
}

export function skip(reason) {
  skipped += 1;
  console.log(`SKIPPED: ${reason}`);
}

/** Prints the sum and returns the exit code: 0, 1, or 77 if nothing at all was checked. */
export function close() {
  console.log(`checks: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0) return 1;
  return passed > 0 ? 0 : 77;
}

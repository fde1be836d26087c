// What the worker threads do.

const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
const kept = [];

exports.fib = (n) => ({ n, fib: fibonacci(n) });

exports.hang = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);

exports.leak = () => {
  kept.push(Buffer.alloc(1_000_000, 1));
  return "leaked";
};

exports.large = () => "x".repeat(16_000_000);

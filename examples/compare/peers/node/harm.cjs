// What may go wrong.

const kept = [];

exports.routes = (gopool) => {
  gopool.get("/hang", () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  gopool.get("/leak", () => {
    kept.push(Buffer.alloc(1_000_000, 1));
    return "leaked";
  });
  gopool.get("/large", () => "x".repeat(16_000_000));
};

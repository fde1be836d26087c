// npm gopool, with CPU work on its worker threads, which load this very file.

const { gopool } = require("gopool");
const { fib } = require("./work.cjs");

gopool.get("/fib", ({ body }) => fib(Number(body.n)));
require("./harm.cjs").routes(gopool);

gopool.onMaster = async ({ app }) => {
  app.get("/ok", async () => "ok");
  await app.listen({ port: Number(process.env.PORT ?? 8080), host: "127.0.0.1" });
};

gopool.startWithThreadsPool();

module.exports = gopool;

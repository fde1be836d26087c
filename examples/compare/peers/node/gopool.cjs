// The npm package gopool. Its worker threads load this very bundle, and its routes have no path parameters, so `fib` and
// the database routes take theirs from the query. It listens where COMPARE_PORT says.

const { gopool } = require("gopool");
const { fib, person } = require("./work.cjs");

gopool.get("/lab/hello", ({ body }) => ({ hello: body.name }));
gopool.get("/lab/fib", ({ body }) => fib(Number(body.n)));
gopool.get("/database/person", ({ body }) => person(Number(body.id)));
gopool.get("/database/scored", async ({ body }) => ({
  person: await person(Number(body.id)),
  score: fib(30),
}));

gopool.onMaster = async ({ app }) => {
  app.get("/lab/inline", async () => "ok");
  await app.listen({ port: Number(process.env.COMPARE_PORT), host: "127.0.0.1" });
};

gopool.startWithThreadsPool();

module.exports = gopool;

// fastify alone, or as a cluster: `node fastify.cjs PORT PROCESSES`.

const cluster = require("node:cluster");
const { fib, person } = require("./work.cjs");

const [port, processes] = process.argv.slice(2).map(Number);

const serve = async () => {
  const app = require("fastify")();
  app.get("/lab/hello", async ({ query }) => ({ hello: query.name }));
  app.get("/lab/inline", async () => "ok");
  app.get("/lab/fib/:n", async ({ params }) => fib(Number(params.n)));
  app.get("/database/person/:id", async ({ params }) => person(Number(params.id)));
  app.get("/database/scored/:id", async ({ params }) => ({
    person: await person(Number(params.id)),
    score: fib(30),
  }));
  await app.listen({ port, host: "127.0.0.1" });
};

if (processes > 1 && cluster.isPrimary) {
  for (let i = 0; i < processes; i += 1) cluster.fork();
  process.on("SIGTERM", () => process.exit(0));
} else {
  serve();
}

// fastify, with CPU work on piscina's worker threads.

const { resolve } = require("node:path");
const fastify = require("fastify");
const { Piscina } = require("piscina");

const app = fastify();
const pool = new Piscina({ filename: resolve(__dirname, "work.cjs") });

app.get("/ok", async () => "ok");
app.get("/fib/:n", ({ params }) => pool.run(Number(params.n), { name: "fib" }));
require("./harm.cjs").routes(app, pool);

app.listen({ port: Number(process.env.PORT ?? 8080), host: "127.0.0.1" });

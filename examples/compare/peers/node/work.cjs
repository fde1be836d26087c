// What every Node peer does for a request.

const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

exports.fib = (n) => ({ n, fib: fibonacci(n) });

// One pool of connections for each process or worker thread, made with the first query.
let pool;
exports.person = async (id) => {
  if (!pool) {
    const { Pool } = require("pg");
    pool = new Pool({ connectionString: process.env.COMPARE_DATABASE, max: 4 });
  }
  const { rows } = await pool.query({
    name: "person",
    text: "SELECT name FROM person WHERE id = $1",
    values: [id],
  });
  return { id, name: rows[0].name };
};

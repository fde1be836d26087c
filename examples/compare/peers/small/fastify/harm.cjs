// What may go wrong.

exports.routes = (app, pool) => {
  for (const name of ["hang", "leak", "large"]) {
    app.get(`/${name}`, () => pool.run(null, { name }));
  }
};

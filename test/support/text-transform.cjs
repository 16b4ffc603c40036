// Imports a remote script as text, as esbuild's text loader does in the bundle.
module.exports = {
  process: (source) => ({ code: `export default ${JSON.stringify(source)};` }),
};

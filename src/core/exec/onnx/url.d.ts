/** Files that the bundler copies beside the page; the import is their address. */
declare module "*.wasm?url" {
  const url: string;
  export default url;
}
declare module "*.mjs?url" {
  const url: string;
  export default url;
}

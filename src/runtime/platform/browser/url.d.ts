/** Files that the bundler copies beside the page; the import is their address. */
declare module "*.ttf?url" {
  const url: string;
  export default url;
}

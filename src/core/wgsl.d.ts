/** WGSL files are imported as text. */
declare module "*.wgsl?raw" {
  const code: string;
  export default code;
}

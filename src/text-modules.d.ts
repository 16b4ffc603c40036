/** Remote scripts are imported as text (esbuild's text loader, a jest transform in tests). */
declare module '*.sh' {
  const script: string;
  export default script;
}

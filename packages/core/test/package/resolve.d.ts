// The part of the package `resolve` that the tests call; its types are a package of their own.
declare module 'resolve' {
  const resolve: { sync(name: string, options?: { readonly basedir: string }): string };
  export default resolve;
}

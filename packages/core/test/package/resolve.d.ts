// The part of the package `resolve` that the tests call. Its types are a separate package.
declare module 'resolve' {
  const resolve: { sync(name: string, options?: { readonly basedir: string }): string };
  export default resolve;
}

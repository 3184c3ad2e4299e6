// Packages without types: their exports have the types of the platform.
declare module 'node-fetch-2' {
  const fetch: typeof globalThis.fetch;
  export default fetch;
}
declare module 'whatwg-fetch' {
  export const Request: typeof globalThis.Request;
  export const Response: typeof globalThis.Response;
}

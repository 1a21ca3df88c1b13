// The platform packages, of which at most one is installed.
declare module 'tenon-*' {
  const addon: typeof import('./addon')
  export = addon
}

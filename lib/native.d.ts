// The functions of the addon, written by `npm run build`. Internal: the manual is index.d.ts.

/** Carries an `AbortSignal` to a running work. */
export declare class Cancellation {
  /** A flag that is not raised. */
  constructor()
  /** Makes the work end with an error as soon as it looks. */
  cancel(): void
}

/** Does nothing: a call measures the bare crossing. */
export declare function probeCrossing(): void

/** Panics, to show that the process survives it. */
export declare function probePanic(): void

/** Panics on the thread pool. */
export declare function probePanicAsync(): Promise<undefined>

/** The number of tokens. */
export declare function tokensCount(text: string | Uint8Array, encoding: number): number

/** The number of tokens of each text. */
export declare function tokensCountBatch(texts: Array<string | Uint8Array>, encoding: number): Uint32Array

/** The text of the ids. Bytes that are not UTF-8 become U+FFFD, as `TextDecoder` does it. */
export declare function tokensDecode(ids: Uint32Array, encoding: number): string

/** The token ids. */
export declare function tokensEncode(text: string | Uint8Array, encoding: number): Uint32Array

/** The names of the encodings. */
export declare function tokensEncodings(): Array<string>

/** The version the loader compares with the package's. */
export declare function version(): string

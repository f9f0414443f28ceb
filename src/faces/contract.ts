/** What a face is, and what it is given: a protocol that decodes, performs, encodes, and nothing else. */
import type { FastifyInstance } from 'fastify';
import type { Estate } from '../services/estate.js';
import type { SignInCodes } from './shared/sign-in-codes.js';

/** The settings that faces know; `main` makes them from the configuration. */
export interface FaceSettings {
  readonly profile: 'development' | 'production';
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls?: TlsFiles | undefined;
  /** Origins of other playgrounds that browsers may call from. */
  readonly corsOrigins: readonly string[];
  /** Whether clients may ask for the GraphQL schema. */
  readonly introspection: boolean;
}

/**
 * PEM files of the listener. With `clientCaFile` every client must show a certificate of those authorities, and with
 * `clientCrlFile` one that their revocation lists do not name.
 */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string | undefined;
  readonly clientCrlFile?: string | undefined;
}

/** What a face stands on while it runs. */
export interface FaceGiven {
  readonly estate: Estate;
  readonly settings: FaceSettings;
  /** The shared HTTP listener, before it listens. Routes need credentials unless they are marked public. */
  readonly http: FastifyInstance;
  readonly signIn: SignInCodes;
}

/** One protocol. A face with a wire of its own opens it in `start`; others add routes to the shared listener. */
export interface Face {
  readonly name: string;
  start(given: FaceGiven): Promise<RunningFace>;
}

export interface RunningFace {
  /** Resolves when nothing of the face is under way any more. */
  stop(): Promise<void>;
}

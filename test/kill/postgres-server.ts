/** A PostgreSQL whose connections, or itself, can be killed. */
import pg from 'pg';
import { startPostgres } from '../store/postgres.js';

export interface PostgresServer {
  newDatabase(): Promise<string>;
  /** Ends every connection of the server to its database, in the middle of whatever it is at. */
  killConnections(url: string): Promise<void>;
  /** Immediate shutdown, as after a power cut, and start; `null` where the cluster is somebody else's. */
  readonly crash: (() => Promise<void>) | null;
  stop(): Promise<void>;
}

export async function postgresServer(): Promise<PostgresServer> {
  const cluster = await startPostgres();
  return {
    newDatabase: () => cluster.newDatabase(),
    killConnections: async (url) => {
      const connection = new pg.Client({ connectionString: url, application_name: 'kyok-kill' });
      await connection.connect();
      try {
        await connection.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kyok' AND datname = current_database()",
        );
      } finally {
        await connection.end();
      }
    },
    crash: cluster.crash ?? null,
    stop: () => cluster.stop(),
  };
}

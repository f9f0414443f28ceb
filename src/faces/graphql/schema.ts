import 'reflect-metadata';
import { type GraphQLScalarType, type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import type { KeystoreTypeDescriptor } from '../../domain/keystore.js';
import { KeystoreConnectionInput, keystoreConnectionInput } from './keystore-connection-input.js';
import { AuditResolver } from './resolvers/audit.js';
import { BackupResolver } from './resolvers/backup.js';
import { CryptoResolver } from './resolvers/crypto.js';
import { ExpiringResolver } from './resolvers/expiring.js';
import { HsmResolver } from './resolvers/hsm.js';
import { ApiKeyResolver, PrincipalResolver, RoleBindingResolver } from './resolvers/iam.js';
import { KeyInstanceResolver, KeyVersionResolver } from './resolvers/key-copies.js';
import { KeyLifecycleResolver } from './resolvers/key-lifecycle.js';
import { KeyTemplateResolver } from './resolvers/key-templates.js';
import { KeystoreResolver } from './resolvers/keystores.js';
import { ManagedKeyResolver } from './resolvers/managed-keys.js';
import { RoleResolver } from './resolvers/roles.js';
import { SubscriptionResolver } from './resolvers/subscriptions.js';
import { VaultResolver } from './resolvers/vaults.js';

/** The GraphQL schema of a server with these keystore types. */
export function graphqlSchema(keystoreTypes: readonly KeystoreTypeDescriptor[]): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [
      VaultResolver,
      KeystoreResolver,
      KeyTemplateResolver,
      ManagedKeyResolver,
      KeyLifecycleResolver,
      KeyVersionResolver,
      KeyInstanceResolver,
      CryptoResolver,
      PrincipalResolver,
      ApiKeyResolver,
      RoleResolver,
      RoleBindingResolver,
      AuditResolver,
      HsmResolver,
      ExpiringResolver,
      BackupResolver,
      SubscriptionResolver,
    ],
    // Subscriptions read from the services' streams; type-graphql demands a hub all the same.
    pubSub: noHub,
    // Operations check their input themselves; type-graphql's own checks would answer with the rejected value.
    validate: false,
    // type-graphql knows no oneOf inputs and no types of fields that are only known at run time. What stands in for the
    // input in decorators is mapped to the type made from the descriptors; that it is no scalar matters to nobody.
    scalarsMap: [{ type: KeystoreConnectionInput, scalar: keystoreConnectionInput(keystoreTypes) as unknown as GraphQLScalarType }],
  });
}

const noHub: PubSub = {
  publish: () => {},
  subscribe: () => {
    throw new Error('subscriptions have streams of their own');
  },
};

/** The schema as `schema/schema.graphql` holds it. */
export function printedSchema(keystoreTypes: readonly KeystoreTypeDescriptor[]): string {
  return `${printSchema(lexicographicSortSchema(graphqlSchema(keystoreTypes)))}\n`;
}

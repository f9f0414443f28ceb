import { type DocumentNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, type SelectionNode } from 'graphql';

/** What a document asks for once its fragments are spread out. */
export interface Shape {
  /** Fields below one another, introspection not counted (graphql-js bounds that itself). */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Top-level fields: each is an operation of its own with an audit event. */
  readonly rootFields: number;
}

/** Measures an operation. Fragments that contain themselves are counted once; validation refuses them anyway. */
export function shapeOf(document: DocumentNode, operation: OperationDefinitionNode): Shape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, Shape>();
  const ofFragment = (name: string): Shape => {
    const shape = known.get(name);
    if (shape) return shape;
    known.set(name, nothing);
    const fragment = fragments.get(name);
    const measured = fragment ? sum(fragment.selectionSet.selections.map(ofSelection)) : nothing;
    known.set(name, measured);
    return measured;
  };
  const ofSelection = (node: SelectionNode): Shape => {
    const directives = node.directives?.length ?? 0;
    if (node.kind === Kind.FRAGMENT_SPREAD) return plus(ofFragment(node.name.value), { directives });
    const inner = sum((node.selectionSet?.selections ?? []).map(ofSelection));
    if (node.kind === Kind.INLINE_FRAGMENT) return plus(inner, { directives });
    const aliases = node.alias ? 1 : 0;
    const depth = node.name.value.startsWith('__') ? 0 : inner.depth + 1;
    return { ...plus(inner, { directives, aliases }), depth, rootFields: 1 };
  };
  const shape = sum(operation.selectionSet.selections.map(ofSelection));
  return plus(shape, { directives: operation.directives?.length ?? 0 });
}

const nothing: Shape = { depth: 0, aliases: 0, directives: 0, rootFields: 0 };

function plus(shape: Shape, more: Partial<Shape>): Shape {
  return { ...shape, aliases: shape.aliases + (more.aliases ?? 0), directives: shape.directives + (more.directives ?? 0) };
}

function sum(shapes: readonly Shape[]): Shape {
  return shapes.reduce(
    (all, shape) => ({
      depth: Math.max(all.depth, shape.depth),
      aliases: all.aliases + shape.aliases,
      directives: all.directives + shape.directives,
      rootFields: all.rootFields + shape.rootFields,
    }),
    nothing,
  );
}

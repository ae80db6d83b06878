/** Enums are made from the tables that hold their meaning, so that a value and its description cannot part. */
import { builder } from './builder.ts'

/** @param meanings value to description, as in the kernel's and the policies' tables. */
export const enumFrom = <Name extends string>(name: string, description: string, meanings: Readonly<Record<Name, string>>) =>
  builder.enumType(name, {
    description,
    values: Object.fromEntries(
      (Object.entries(meanings) as [Name, string][]).map(([value, meaning]) => [value, { value, description: meaning }]),
    ) as Record<Name, { value: Name; description: string }>,
  })

import type { Me, Role, TenantRef } from "../api/types";
import { isRole } from "../format/text";

/** What an account works on: one provider, or SMP as a whole. */
export type Workspace = ProviderWorkspace | StaffWorkspace;

export interface ProviderWorkspace {
  kind: "provider";
  name: string;
  base: string;
  roles: Role[];
  tenant: TenantRef;
}

export interface StaffWorkspace {
  kind: "staff";
  name: string;
  base: string;
  roles: Role[];
}

export const staffBase = "/smp";

export function providerBase(slug: string): string {
  return `/p/${slug}`;
}

/** One workspace for SMP and one per provider, each with the account's roles in it. */
export function workspacesOf(me: Me): Workspace[] {
  const staffRoles = me.roles
    .filter((grant) => grant.tenant == null)
    .map((grant) => grant.role)
    .filter(isRole);
  const found: Workspace[] =
    staffRoles.length > 0
      ? [{ kind: "staff", name: "SMP", base: staffBase, roles: staffRoles }]
      : [];
  for (const { role, tenant } of me.roles) {
    if (tenant == null || !isRole(role)) continue;
    const known = found.find(
      (workspace) => workspace.kind === "provider" && workspace.tenant.id === tenant.id,
    );
    if (known) known.roles.push(role);
    else
      found.push({
        kind: "provider",
        name: tenant.name,
        base: providerBase(tenant.slug),
        roles: [role],
        tenant,
      });
  }
  return found;
}

export function hasRole(workspace: Workspace, allowed: readonly Role[]): boolean {
  return workspace.roles.some((role) => allowed.includes(role));
}

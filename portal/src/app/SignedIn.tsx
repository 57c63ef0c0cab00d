import { Center, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, type ReactNode } from "react";
import { Navigate, Outlet, useLocation, useParams } from "react-router";
import { StepUpDialog } from "../access/StepUpDialog";
import { isFactorOverdue, securityPath } from "../account/FactorNotice";
import { $api } from "../api/client";
import { Problem } from "../api/problem";
import type { Me, Role, TenantRef } from "../api/types";
import { ErrorState } from "../components/ListStates";
import { NotFoundPage } from "./NotFoundPage";
import { referenceQuery } from "./referenceQuery";
import { useSessionWatch } from "./useSessionWatch";
import {
  hasRole,
  staffBase,
  workspacesOf,
  type ProviderWorkspace,
  type Workspace,
} from "./workspace";

const MeContext = createContext<Me | null>(null);
const WorkspaceContext = createContext<Workspace | null>(null);

export function useMe(): Me {
  const me = useContext(MeContext);
  if (me === null) throw new Error("useMe needs a signed-in account (SignedIn)");
  return me;
}

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (workspace === null)
    throw new Error("useWorkspace needs a workspace (StaffOnly or ProviderTeamOnly)");
  return workspace;
}

export function useMaybeWorkspace(): Workspace | null {
  return useContext(WorkspaceContext);
}

export function useTenant(): TenantRef {
  const workspace = useWorkspace();
  if (workspace.kind !== "provider")
    throw new Error("useTenant needs a provider's workspace (ProviderTeamOnly)");
  return workspace.tenant;
}

export function useHasRole(...roles: Role[]): boolean {
  return hasRole(useWorkspace(), roles);
}

/**
 * Requires a signed-in account and loads the reference data. Others go to the sign-in page, which
 * leads back here.
 */
export function SignedIn() {
  const location = useLocation();
  const me = $api.useQuery("get", "/me", {}, { staleTime: 60_000, retry: false });
  const reference = useQuery(referenceQuery);
  useSessionWatch(me.data !== undefined);
  if (me.error instanceof Problem && me.error.status === 401) {
    const next = encodeURIComponent(location.pathname + location.search);
    return <Navigate to={`/sign-in?next=${next}`} replace />;
  }
  if (me.data && reference.data)
    return (
      <MeContext value={me.data}>
        <Outlet />
        <StepUpDialog />
      </MeContext>
    );
  const failed = me.data ? reference : me;
  if (failed.error)
    return (
      <Center mih="100vh">
        <ErrorState error={failed.error} retry={() => void failed.refetch()} />
      </Center>
    );
  return (
    <Center mih="100vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}

export function StaffOnly() {
  const workspace = workspacesOf(useMe()).find((candidate) => candidate.base === staffBase);
  return (
    <InWorkspace workspace={workspace}>
      <Outlet />
    </InWorkspace>
  );
}

export function ProviderTeamOnly() {
  const { provider } = useParams();
  const workspace = workspacesOf(useMe()).find(
    (candidate): candidate is ProviderWorkspace =>
      candidate.kind === "provider" && candidate.tenant.slug === provider,
  );
  return (
    <InWorkspace workspace={workspace}>
      <Outlet />
    </InWorkspace>
  );
}

/** How it stands with the account's second factor; undefined until that is read. */
export function useSecondFactor() {
  return $api.useQuery("get", "/me/second-factor", {}, { staleTime: 60_000 }).data;
}

function InWorkspace({
  workspace,
  children,
}: {
  workspace: Workspace | undefined;
  children: ReactNode;
}) {
  const factor = useSecondFactor();
  if (!workspace) return <NotFoundPage />;
  if (isFactorOverdue(factor)) return <Navigate to={securityPath} replace />;
  return <WorkspaceContext value={workspace}>{children}</WorkspaceContext>;
}

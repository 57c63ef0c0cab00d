import { AppShell, Burger, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useEffect, useRef } from "react";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { $api } from "../api/client";
import { FactorNotice } from "../account/FactorNotice";
import { LoadingRows } from "../components/ListStates";
import { AccountMenu } from "./AccountMenu";
import { navigationFor, type Area } from "./navigation";
import { ColorSchemeToggle } from "./ColorSchemeToggle";
import styles from "./shell.module.css";
import { useMaybeWorkspace, useSecondFactor } from "./SignedIn";
import { hasRole, type Workspace } from "./workspace";
import { WorkspaceSwitcher } from "./WorkspaceSwitcher";

/** The frame of every page that requires signing in. */
export function Shell() {
  const workspace = useMaybeWorkspace();
  const factor = useSecondFactor();
  const [opened, { toggle, close }] = useDisclosure();
  const main = useFocusOnNavigation();
  return (
    <AppShell
      header={{ height: 56 }}
      {...(workspace && {
        navbar: { width: 232, breakpoint: "sm", collapsed: { mobile: !opened } },
      })}
    >
      <a href="#content" className={styles.skip}>
        Skip to content
      </a>
      <AppShell.Header zIndex={110}>
        <div className={styles.header}>
          {workspace && (
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? "Close menu" : "Open menu"}
              aria-expanded={opened}
            />
          )}
          <Link to="/" className={styles.wordmark} aria-label="SMP, start page">
            SMP
          </Link>
          {workspace && (
            <>
              <span className={styles.divider} />
              <WorkspaceSwitcher current={workspace} />
            </>
          )}
          <span style={{ flex: 1 }} />
          <ColorSchemeToggle />
          <AccountMenu />
        </div>
      </AppShell.Header>
      {workspace && (
        <AppShell.Navbar className={styles.navbar} p="md" aria-label="Main">
          <Navigation workspace={workspace} onNavigate={close} />
        </AppShell.Navbar>
      )}
      <AppShell.Main id="content" className={styles.main} ref={main} tabIndex={-1}>
        <div className={styles.page}>
          {workspace && <FactorNotice factor={factor} withLink />}
          <Suspense fallback={<LoadingRows />}>
            <Outlet />
          </Suspense>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function Navigation({ workspace, onNavigate }: { workspace: Workspace; onNavigate: () => void }) {
  const counts = useWaitingCounts(workspace);
  return navigationFor(workspace).map((group) => (
    <div key={group.label} className={styles.group}>
      <Text className={styles.groupLabel}>{group.label}</Text>
      {group.items.map(({ area, label, to }) => (
        <NavLink key={to} to={to} className={styles.link ?? ""} onClick={onNavigate}>
          {label}
          <WaitingCount count={counts[area]} />
        </NavLink>
      ))}
    </div>
  ));
}

function WaitingCount({ count }: { count: number | undefined }) {
  if (!count) return null;
  return (
    <span className={styles.count} role="img" aria-label={`${count} waiting`}>
      {count}
    </span>
  );
}

/** How many items await this account, by the area that lists them. */
function useWaitingCounts(workspace: Workspace): Partial<Record<Area, number>> {
  const isReviewer = workspace.kind === "staff" && hasRole(workspace, ["admin", "manager"]);
  const isShipper = workspace.kind === "provider" && hasRole(workspace, ["owner", "fulfilment"]);
  const tenant = workspace.kind === "provider" ? workspace.tenant.id : "";
  const reviews = $api.useQuery(
    "get",
    "/reviews",
    { params: { query: { state: "submitted", limit: 1 } } },
    { enabled: isReviewer, refetchInterval: 30_000 },
  );
  const statistics = $api.useQuery(
    "get",
    "/providers/{tenant}/statistics",
    { params: { path: { tenant } } },
    { enabled: isShipper, refetchInterval: 60_000 },
  );
  return { reviews: reviews.data?.open_count ?? 0, parcels: statistics.data?.parcels_to_ship ?? 0 };
}

/** Moves scroll position and focus to the new page, as a page load would. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const previous = useRef(pathname);
  useEffect(() => {
    if (previous.current === pathname) return;
    previous.current = pathname;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}

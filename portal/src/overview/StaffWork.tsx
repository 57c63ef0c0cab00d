import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { $api } from "../api/client";
import { useWorkspace } from "../app/SignedIn";
import type { Role } from "../api/types";
import { hasRole, staffBase } from "../app/workspace";
import { Figures } from "../components/Figures";
import { Panel } from "../components/Panel";
import { formatCount } from "../format/numbers";

/** Entries that are counted at most; of more, it says so. */
const countedMax = 100;
const often = { refetchInterval: 30_000 };
const feedbackDays = 7;

interface Work {
  label: string;
  /** The page below /smp where it is done. */
  to: string;
  /** Whose work it is. */
  roles: readonly Role[];
  Count: () => ReactNode;
  note?: string;
}

const work: Work[] = [
  { label: "Reviews", to: "/reviews", roles: ["admin", "manager"], Count: Reviews },
  { label: "Providers to vet", to: "/vetting", roles: ["admin", "manager"], Count: Vetting },
  {
    label: "Conversations to answer",
    to: "/conversations?state=open",
    roles: ["admin", "manager", "support"],
    Count: Conversations,
  },
  {
    label: "Disputes to answer",
    to: "/disputes",
    roles: ["admin", "manager", "support", "finance"],
    Count: Disputes,
  },
  {
    label: "Refunds that failed",
    to: "/failed-refunds",
    roles: ["admin", "manager", "finance"],
    Count: FailedRefunds,
  },
  {
    label: "Statements to approve",
    to: "/statements?state=drafted",
    roles: ["admin", "finance"],
    Count: Statements,
  },
  {
    label: "Differences to explain",
    to: "/reconciliation?state=open",
    roles: ["admin", "finance"],
    Count: Differences,
  },
  {
    label: "Sales announced",
    to: "/sales?phase=announced",
    roles: ["admin", "marketing"],
    Count: Announced,
  },
  {
    label: "Feedback",
    to: "/feedback",
    roles: ["marketing", "support"],
    Count: Feedback,
    note: `${feedbackDays} days`,
  },
  { label: "Jobs given up", to: "/jobs?state=given_up", roles: ["admin"], Count: Jobs },
];

/** What waits for the reader, by their roles, each with its page. */
export function StaffWork() {
  const workspace = useWorkspace();
  const own = work.filter(({ roles }) => hasRole(workspace, roles));
  return (
    <Panel title="Your work">
      <Figures
        figures={own.map(({ label, to, Count, note }) => ({
          label,
          value: (
            <Anchor inherit component={Link} to={staffBase + to}>
              <Count />
            </Anchor>
          ),
          ...(note !== undefined && { note }),
        }))}
      />
    </Panel>
  );
}

interface Counted<T> {
  data?: { items: T[]; next_cursor?: string | null } | undefined;
  error: unknown;
}

/** How many entries a list has: “…” until it is read, “?” if it cannot be. */
function countOf<T>({ data, error }: Counted<T>, counts: (entry: T) => boolean = () => true) {
  if (data) return formatCount(data.items.filter(counts).length) + (data.next_cursor ? "+" : "");
  return error != null ? "?" : "…";
}

function Reviews() {
  const query = { state: "submitted", limit: 1 } as const;
  const { data, error } = $api.useQuery("get", "/reviews", { params: { query } }, often);
  if (data) return formatCount(data.open_count);
  return error != null ? "?" : "…";
}

function Vetting() {
  return countOf($api.useQuery("get", "/vetting/queue", {}, often));
}

function Conversations() {
  const query = { state: "open", limit: countedMax } as const;
  return countOf($api.useQuery("get", "/conversations", { params: { query } }, often));
}

function Disputes() {
  const query = { open: true, limit: countedMax };
  return countOf(
    $api.useQuery("get", "/disputes", { params: { query } }, often),
    (dispute) => dispute.needs_response,
  );
}

function FailedRefunds() {
  const query = { limit: countedMax };
  return countOf($api.useQuery("get", "/refunds/failed", { params: { query } }, often));
}

function Statements() {
  const query = { state: "drafted", limit: countedMax } as const;
  return countOf($api.useQuery("get", "/statements", { params: { query } }, often));
}

function Differences() {
  const query = { state: "open", limit: countedMax } as const;
  return countOf($api.useQuery("get", "/ledger-differences", { params: { query } }, often));
}

function Announced() {
  const query = { phase: "announced", limit: countedMax } as const;
  return countOf($api.useQuery("get", "/sales-overview", { params: { query } }, often));
}

function Feedback() {
  const query = { limit: countedMax };
  const since = Date.now() - feedbackDays * 24 * 60 * 60 * 1000;
  return countOf(
    $api.useQuery("get", "/feedback", { params: { query } }, often),
    (entry) => Date.parse(entry.created_at) >= since,
  );
}

function Jobs() {
  const query = { state: "given_up", limit: countedMax } as const;
  return countOf($api.useQuery("get", "/jobs", { params: { query } }, often));
}

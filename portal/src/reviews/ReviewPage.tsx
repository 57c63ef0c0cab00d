import { Anchor, Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useMemo, useState, type ReactNode } from "react";
import { Link, useParams } from "react-router";
import { $api } from "../api/client";
import type { Review, Revision } from "../api/types";
import { useHasRole, useTenant, useWorkspace } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { formatDateTime } from "../format/time";
import { plural } from "../format/text";
import { compareContent } from "./compare";
import { DecisionForm } from "./DecisionForm";
import styles from "./reviews.module.css";
import { ProofFacts, useProofs } from "./InventoryProof";
import { RevisionComparison } from "./RevisionComparison";

interface Ids {
  tenant: string;
  sale: string;
  revision: string;
}

function useReview(path: Ids) {
  return $api.useQuery("get", "/providers/{tenant}/sales/{sale}/revisions/{revision}", {
    params: { path },
  });
}

export function StaffReviewPage() {
  const { tenant = "", sale = "", revision = "" } = useParams();
  const review = useReview({ tenant, sale, revision });
  const mayDecide = useHasRole("admin", "manager");
  return (
    <LoadedPage query={review}>
      {(data) => (
        <ReviewView
          review={data}
          back={{ to: `${staffBase}/reviews`, label: "Reviews" }}
          salePath={`${staffBase}/sales/${tenant}/${sale}`}
          side={
            mayDecide && data.revision.state === "submitted" ? (
              <DecisionForm key={data.revision.id} revision={data.revision} />
            ) : (
              <DecisionAndProofs revision={data.revision} />
            )
          }
        />
      )}
    </LoadedPage>
  );
}

/** A submitted revision and its decision, as the provider sees it. */
export function OwnRevisionPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const { sale = "", revision = "" } = useParams();
  const review = useReview({ tenant: tenant.id, sale, revision });
  const salePath = `${base}/sales/${sale}`;
  return (
    <LoadedPage query={review}>
      {(data) => (
        <ReviewView
          review={data}
          back={{ to: `${salePath}/revisions`, label: "Revisions" }}
          salePath={salePath}
          side={<DecisionAndProofs revision={data.revision} />}
        />
      )}
    </LoadedPage>
  );
}

interface ReviewViewProps {
  review: Review;
  back: { to: string; label: string };
  salePath: string;
  side: ReactNode;
}

function ReviewView({ review, back, salePath, side }: ReviewViewProps) {
  const { revision, approved } = review;
  const [onlyChanges, setOnlyChanges] = useState(false);
  // A revision is not compared with itself.
  const base = approved != null && approved.id !== revision.id ? approved : null;
  const comparison = useMemo(
    () => compareContent(base?.content ?? null, revision.content),
    [base, revision],
  );
  return (
    <>
      <PageHeader
        title={revision.title}
        badge={<StateBadge state={revision.state} />}
        lead={
          <>
            {revision.tenant.name}, submitted {formatDateTime(revision.submitted_at)} by{" "}
            {revision.submitted_by_name}.{" "}
            <Anchor component={Link} to={salePath} underline="always">
              View the sale
            </Anchor>
          </>
        }
        back={back}
        actions={
          <Button
            component="a"
            href={revision.preview_url}
            target="_blank"
            rel="noreferrer"
            variant="default"
            rightSection={<IconExternalLink size={15} aria-hidden />}
          >
            Open preview
          </Button>
        }
      />
      <div className={styles.layout}>
        <div>
          <Group justify="space-between" mb="sm">
            <Text size="sm" c="dimmed">
              {base === null
                ? "This is the first revision, so all of it is new."
                : `${plural(comparison.changes, "change")} since the approved revision.`}
            </Text>
            {base !== null && (
              <Checkbox
                label="Changes only"
                checked={onlyChanges}
                onChange={(event) => setOnlyChanges(event.currentTarget.checked)}
              />
            )}
          </Group>
          <RevisionComparison
            comparison={comparison}
            approved={base}
            submitted={revision}
            onlyChanges={onlyChanges && base !== null}
          />
        </div>
        <Stack className={styles.decision ?? ""}>
          {revision.note !== "" && (
            <Panel title="Note">
              <Text style={{ whiteSpace: "pre-line" }}>{revision.note}</Text>
            </Panel>
          )}
          {side}
        </Stack>
      </div>
    </>
  );
}

function DecisionAndProofs({ revision }: { revision: Revision }) {
  const proofs = useProofs(revision).data?.items ?? [];
  return (
    <>
      <DecisionSummary revision={revision} />
      {proofs.length > 0 && (
        <Panel title="Proof of inventory">
          <Stack gap="sm">
            {proofs.map((proof) => (
              <div key={proof.sale_item_id} role="group" aria-label={proof.name}>
                <Text size="sm" fw={550}>
                  {proof.name}
                </Text>
                <ProofFacts proof={proof} />
              </div>
            ))}
          </Stack>
        </Panel>
      )}
    </>
  );
}

function DecisionSummary({ revision }: { revision: Revision }) {
  return (
    <Panel title="Decision">
      <StateBadge state={revision.state} />
      {revision.decided_at != null && (
        <Text size="sm" c="dimmed" mt="xs">
          {formatDateTime(revision.decided_at)}
          {revision.decided_by_name != null && ` by ${revision.decided_by_name}`}
        </Text>
      )}
      {revision.reason != null && revision.reason !== "" && (
        <Text mt="xs" style={{ whiteSpace: "pre-line" }}>
          {revision.reason}
        </Text>
      )}
    </Panel>
  );
}

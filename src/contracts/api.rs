//! The API of providers' contracts: reading, signing, counter-signing, the PDF.

use std::collections::HashMap;

use poem::Request;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::{Binary, Json},
};
use time::OffsetDateTime;

use super::{
    contract::{self, Contract, ContractState},
    in_force::{end, is_in_force},
    offering, pdf, rules,
    signing::{self, Signature},
};
use crate::{
    access::{Member, Staff, Tag},
    kernel::{ContractId, Error, Input, Page, PageQuery, Result, TenantId},
    platform::{Platform, at_low_priority, broker::Notice, client_of},
    providers::{self, Seller},
};

/// What the keyed hash of a signer's address is made for.
const ADDRESS_PURPOSE: &str = "contract signature address";

pub struct ContractsApi {
    pub platform: Platform,
}

/// A version of the contract as it was offered to a provider.
#[derive(Object)]
#[oai(rename = "Contract")]
struct ContractView {
    id: ContractId,
    provider: ContractProvider,
    /// Of the version: 1, 2, …
    number: i32,
    state: ContractState,
    title: String,
    /// The text that is signed; null in lists. Blank lines part paragraphs; a line that begins with
    /// `# ` is a heading, with `- ` an item.
    document: Option<String>,
    /// SHA-256 of the document in UTF-8, hexadecimal.
    document_hash: String,
    /// Days within which the provider guarantees delivery.
    delivery_days: i32,
    /// Days for which it guarantees to honour reservations, coupons and vouchers.
    honour_days: i32,
    offered_at: OffsetDateTime,
    /// When the contract ends that was in force at the offer; null when there was none.
    sign_by: Option<OffsetDateTime>,
    /// The owner's.
    signature: Option<ContractSignature>,
    /// SMP's.
    countersignature: Option<ContractCountersignature>,
    /// When a counter-signed one ends; null while no later version asks for that.
    ends_at: Option<OffsetDateTime>,
    /// Both have signed it, and it has not ended.
    in_force: bool,
}

#[derive(Object)]
struct ContractProvider {
    id: TenantId,
    slug: String,
    name: String,
}

/// The signature of a provider's owner.
#[derive(Object)]
struct ContractSignature {
    /// As it was typed.
    name: String,
    signed_at: OffsetDateTime,
    /// A keyed hash of the address it came from; the address itself is not kept.
    address_hash: String,
}

/// The signature of SMP's manager.
#[derive(Object)]
struct ContractCountersignature {
    /// As it was typed.
    name: String,
    signed_at: OffsetDateTime,
}

impl ContractView {
    fn new(contract: Contract, seller: &Seller, now: OffsetDateTime) -> Self {
        let is_countersigned = contract.state == ContractState::Countersigned;
        let signature = contract.signed_name.zip(contract.signed_at).map(|(name, signed_at)| {
            let address_hash = contract.signed_address_hash.unwrap_or_default();
            ContractSignature { name, signed_at, address_hash }
        });
        let countersignature = contract
            .countersigned_name
            .zip(contract.countersigned_at)
            .map(|(name, signed_at)| ContractCountersignature { name, signed_at });
        Self {
            id: contract.id,
            provider: ContractProvider {
                id: seller.tenant,
                slug: seller.slug.clone(),
                name: seller.name.clone(),
            },
            number: contract.number,
            state: contract.state,
            title: contract.title,
            document: Some(contract.document),
            document_hash: contract.document_hash,
            delivery_days: contract.delivery_days,
            honour_days: contract.honour_days,
            offered_at: contract.offered_at,
            sign_by: contract.sign_by,
            signature,
            countersignature,
            ends_at: contract.ends_at,
            in_force: is_countersigned && contract.ends_at.is_none_or(|ends_at| now < ends_at),
        }
    }

    fn without_document(mut self) -> Self {
        self.document = None;
        self
    }
}

/// A provider's contracts.
#[derive(Object)]
struct ContractList {
    /// A contract is in force, so that the provider's approved sales go live.
    in_force: bool,
    /// When it ends; null when no end is set, and without one.
    in_force_until: Option<OffsetDateTime>,
    /// Newest version first, without their documents.
    items: Vec<ContractView>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ContractSignatureInput {
    /// The full name of who signs, typed: 2 to 120 characters.
    name: String,
    /// `document_hash` of the document that was read.
    document_hash: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ContractCountersignatureInput {
    /// The full name of who signs for SMP, typed: 2 to 120 characters.
    name: String,
}

#[derive(ApiResponse)]
enum ContractPdf {
    /// The document and its signatures.
    #[oai(status = 200, content_type = "application/pdf")]
    File(Binary<Vec<u8>>, #[oai(header = "Content-Disposition")] String),
}

#[OpenApi(tag = "Tag::Contracts")]
impl ContractsApi {
    /// Contracts of every provider
    ///
    /// What was offered and signed, across providers, the newest offer first and without the
    /// documents. `state=signed` is what waits for SMP's signature.
    #[oai(path = "/contracts", method = "get", operation_id = "contract_overview")]
    async fn contract_overview(
        &self,
        _staff: Staff,
        state: Query<Option<ContractState>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ContractView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("contracts").await?;
        let found = contract::list(&mut tx, state.0, &page).await?;
        let tenants: Vec<TenantId> = found.iter().map(|contract| contract.tenant).collect();
        let sellers: HashMap<TenantId, Seller> = providers::sellers(&mut tx, &tenants).await?;
        let now = self.platform.clock.now();
        let found: Vec<_> = found
            .into_iter()
            .filter_map(|contract| Some((sellers.get(&contract.tenant)?, contract)))
            .collect();
        Ok(Json(page.page(
            found,
            |(_, contract)| (contract.offered_at, contract.id.0),
            |(seller, contract)| ContractView::new(contract, seller, now).without_document(),
        )))
    }

    /// A provider's contracts
    ///
    /// Every version that the provider was offered, and whether one is in force. The newest published
    /// version is offered now if it was not yet.
    #[oai(path = "/providers/:tenant/contracts", method = "get", operation_id = "contract_list")]
    async fn contract_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<ContractList>> {
        let now = self.platform.clock.now();
        offering::offer_newest(&self.platform, member.tenant).await?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let seller = self.seller(&mut tx, member.tenant).await?;
        let items = contract::of_provider(&mut tx, member.tenant).await?;
        let view = |item| ContractView::new(item, &seller, now).without_document();
        let in_force = is_in_force(seller.contract_until, now);
        Ok(Json(ContractList {
            in_force,
            in_force_until: end(seller.contract_until).filter(|_| in_force),
            items: items.into_iter().map(view).collect(),
        }))
    }

    /// One contract, with its document
    ///
    /// Exactly what was offered and, once signed, what was signed.
    #[oai(
        path = "/providers/:tenant/contracts/:contract",
        method = "get",
        operation_id = "contract_get"
    )]
    async fn contract_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        contract: Path<ContractId>,
    ) -> Result<Json<ContractView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let found = contract::get(&mut tx, member.tenant, contract.0).await?;
        let seller = self.seller(&mut tx, member.tenant).await?;
        Ok(Json(ContractView::new(found, &seller, self.platform.clock.now())))
    }

    /// Sign a contract
    ///
    /// Signs the document that the owner read, by its hash. Kept are the typed name, the time, the
    /// account and a keyed hash of the client's address. SMP's managers are told; the contract is in
    /// force once one of them counter-signs it. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:document_changed` when the hash is of another document or a newer
    /// version was published, `urn:smp:already_signed`, `urn:smp:provider_rejected`.
    #[oai(
        path = "/providers/:tenant/contracts/:contract/signature",
        method = "post",
        operation_id = "contract_sign"
    )]
    async fn contract_sign(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        contract: Path<ContractId>,
        request: &Request,
        body: Input<ContractSignatureInput>,
    ) -> Result<Json<ContractView>> {
        let name = rules::signature(&body.name)?;
        let address = client_of(request, self.platform.config.trust_forwarded);
        let signature = Signature {
            name: &name,
            document_hash: body.document_hash.trim(),
            address_hash: &self.platform.config.keyring.fingerprint(ADDRESS_PURPOSE, &address),
            by: member.account(),
        };
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("contract signature").await?;
        let signed = signing::sign(&mut tx, tenant.0, contract.0, &signature, now).await?;
        let seller = self.seller(&mut tx, tenant.0).await?;
        tx.commit().await?;
        Ok(Json(ContractView::new(signed, &seller, now)))
    }

    /// Counter-sign a contract: it is in force
    ///
    /// Signs for SMP what the provider's owner signed. From then on the contract is in force, the
    /// version before is superseded, and the provider's approved sales go live. The owner is told,
    /// and the audit log written.
    ///
    /// Refused with 409: `urn:smp:not_signed`, `urn:smp:already_countersigned`,
    /// `urn:smp:contract_superseded` when a newer version took its place.
    #[oai(
        path = "/providers/:tenant/contracts/:contract/countersignature",
        method = "post",
        operation_id = "contract_countersign"
    )]
    async fn contract_countersign(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        contract: Path<ContractId>,
        body: Input<ContractCountersignatureInput>,
    ) -> Result<Json<ContractView>> {
        let name = rules::signature(&body.name)?;
        let (tenant, now) = (tenant.0, self.platform.clock.now());
        let mut tx = self.platform.db.platform("contract countersignature").await?;
        let signed =
            signing::countersign(&mut tx, tenant, contract.0, &name, member.account(), now).await?;
        let seller = self.seller(&mut tx, tenant).await?;
        tx.commit().await?;
        self.platform.broker.publish(Notice::ProviderChanged { tenant }).await;
        Ok(Json(ContractView::new(signed, &seller, now)))
    }

    /// A contract as PDF
    ///
    /// The document exactly as it was offered, then its signatures and its hash.
    #[oai(
        path = "/providers/:tenant/contracts/:contract/pdf",
        method = "get",
        operation_id = "contract_pdf"
    )]
    async fn contract_pdf(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        contract: Path<ContractId>,
    ) -> Result<ContractPdf> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let found = contract::get(&mut tx, member.tenant, contract.0).await?;
        let seller = self.seller(&mut tx, member.tenant).await?;
        drop(tx);
        let name = format!("contract-{}-{}.pdf", seller.slug, found.number);
        let tenants_dir = self.platform.config.tenants_dir.clone();
        let file =
            at_low_priority(move || pdf::write(&found, &seller.name, &tenants_dir)).await??;
        Ok(ContractPdf::File(Binary(file), format!("attachment; filename=\"{name}\"")))
    }
}

impl ContractsApi {
    async fn seller(&self, conn: &mut sqlx::PgConnection, tenant: TenantId) -> Result<Seller> {
        providers::sellers(conn, &[tenant])
            .await?
            .remove(&tenant)
            .ok_or(Error::NotFound("provider"))
    }
}

//! Emails about contracts: to the owners who sign, and to SMP's managers who counter-sign.

use serde_json::json;

use super::{
    email_contexts as contexts,
    emails::{self, GroupEmail},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    contracts::{self, ContractState},
    events::Event,
    kernel::{Error, Result, TenantId},
    platform::{Platform, PortalPath},
    providers::{self, Themes},
};

/// A contract was offered, is due to be signed, was signed or counter-signed, or has ended.
pub async fn moved(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let (tenant, id) = (event.tenant_id, required(payload.contract_id, "contract")?);
    let mut tx = platform.db.platform("contract moved").await?;
    let contract = match contracts::get(&mut tx, tenant, id).await {
        Ok(contract) => contract,
        Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let (template, needed) = match event.kind.as_str() {
        "contract.offered" => ("contract_offered", ContractState::Offered),
        "contract.reminder_due" => ("contract_reminder", ContractState::Offered),
        "contract.signed" => ("contract_signed", ContractState::Signed),
        "contract.ended" => ("contract_ended", ContractState::Countersigned),
        _ => ("contract_countersigned", ContractState::Countersigned),
    };
    // It moved on meanwhile, so nobody need do what the email would ask for.
    if contract.state != needed {
        return Ok(());
    }
    let provider = providers::get(&mut tx, tenant).await?;
    let for_managers = contract.state == ContractState::Signed;
    let to = if for_managers {
        accounts::of_staff(&mut tx, &["manager", "admin"]).await?
    } else {
        accounts::of_members(&mut tx, tenant, &["owner"]).await?
    };
    let url = platform.portal_url(if for_managers {
        PortalPath::StaffContract { tenant, contract: id }
    } else {
        PortalPath::ProviderContract { provider_slug: &provider.slug, contract: id }
    });
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &to,
        template,
        context: json!({
            "provider": {"name": provider.name},
            "contract": {
                "title": contract.title,
                "number": contract.number,
                "sign_by": contract.sign_by.map(contexts::rfc3339),
                "signed_name": contract.signed_name,
                "countersigned_name": contract.countersigned_name,
            },
            "url": url,
        }),
        dedupe_key: event.id.to_string(),
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}

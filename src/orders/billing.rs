//! Whom an order is billed to: phone, billing address, VAT id.

use super::{address::Address, vat_id};
use crate::kernel::{AddressFormats, FieldErrors, phone_in};

/// As it was typed. What is None or blank is not given.
#[derive(Debug, Default)]
pub struct BillingInput<'a> {
    pub phone: Option<&'a str>,
    /// None: the shipping address.
    pub address: Option<Address>,
    pub vat_id: Option<&'a str>,
}

/// As an order keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Billing {
    /// In E.164; empty when none was given.
    pub phone: String,
    /// None: the shipping address.
    pub address: Option<Address>,
    /// Empty when none was given. Only its form is checked.
    pub vat_id: String,
}

impl BillingInput<'_> {
    /// Validates everything that is given. The fields are `phone`, `vat_id` and those of
    /// `billing_address`. A billing address that is the shipping address is left out.
    pub fn checked(
        self,
        formats: &AddressFormats,
        fields: &mut FieldErrors,
        shipping: &Address,
    ) -> Billing {
        let filled = |text: Option<&str>| {
            text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let phone =
            filled(self.phone).map(|phone| phone_in(fields, "phone", &phone, &shipping.country));
        let address =
            self.address.map(|address| address.checked(formats, fields, "billing_address"));
        let vat_id = filled(self.vat_id).map(|id| vat_id::checked(fields, "vat_id", &id));
        Billing {
            phone: phone.unwrap_or_default(),
            address: address.filter(|address| address != shipping),
            vat_id: vat_id.unwrap_or_default(),
        }
    }
}

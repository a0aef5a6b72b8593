//! Lists of texts in one column, as JSON arrays.

use crate::StoreError;

pub(crate) fn to_json(list: &[String]) -> String {
    serde_json::Value::from(list.to_vec()).to_string()
}

pub(crate) fn from_json(text: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(text)
        .map_err(|_| StoreError::damaged("a list is not a JSON array of texts"))
}

//! People of the business: which role may do what.

use serde::{Deserialize, Serialize};

/// What somebody is to the business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Owner,
    /// Works with customers: commitments, disputes, payments, imports.
    Clerk,
    /// Reads.
    Viewer,
}

/// What a door asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// To read, and to change one's own account.
    Look,
    /// To change what is owed, agreed or sent.
    Work,
    /// To change the business's settings and who works for it.
    Own,
}

impl Role {
    /// All of them, the one that may do most first.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Clerk, Self::Viewer];

    /// The name in forms and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Clerk => "clerk",
            Self::Viewer => "viewer",
        }
    }

    /// Reads a name written by [`Role::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// What people call it, and what it may do.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Owner => ("Owner", "May do everything, settings and people included"),
            Self::Clerk => ("Clerk", "Works with customers, their payments, agreements and disputes"),
            Self::Viewer => ("Viewer", "Sees everything and changes nothing"),
        }
    }

    /// Whether this role may do it.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Look => true,
            Permission::Work => self != Self::Viewer,
            Permission::Own => self == Self::Owner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_next_may_and_more() {
        let may = |role: Role| [Permission::Look, Permission::Work, Permission::Own].map(|p| role.may(p));
        assert_eq!(Role::ALL.map(may), [[true, true, true], [true, true, false], [true, false, false]]);
        assert!(Role::ALL.into_iter().all(|role| Role::parse(role.code()) == Some(role)));
    }
}

//! Accounts, sign-in and sign-out. A session is a signed word, so that a reload signs nobody out.

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use argon2::{
    Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _,
    password_hash::{SaltString, rand_core::OsRng},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use gopool::{Body, Cookie, Ctx, Error, Status, Valid};
use hmac::{Hmac, Mac as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{
    api::{items::no_nul, user::User},
    database::Database,
    error::ShopError,
};

/// The cookie that holds a session.
pub(crate) const COOKIE: &str = "__Host-session";
const LIFE: Duration = Duration::from_secs(12 * 3600);

/// Signs sessions.
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    pub(crate) async fn of(database: &Database) -> Result<Self, Error> {
        let row = database
            .get()
            .await?
            .query_one("SELECT key FROM secret", &[])
            .await?;
        let bytes: Vec<u8> = row.get(0);
        Ok(Self(Hmac::new_from_slice(&bytes)?))
    }

    fn sign(&self, account: i64) -> String {
        let until = now() + LIFE.as_secs();
        let claim = format!("{account}.{until}");
        let signature = self.0.clone().chain_update(&claim).finalize().into_bytes();
        format!("{claim}.{}", BASE64.encode(signature))
    }

    /// Whose session it is, if it is one.
    pub(crate) fn verify(&self, token: &str) -> Option<i64> {
        let (claim, signature) = token.rsplit_once('.')?;
        let signature = BASE64.decode(signature).ok()?;
        self.0.clone().chain_update(claim).verify_slice(&signature).ok()?;
        let (account, until) = claim.split_once('.')?;
        (until.parse::<u64>().ok()? > now()).then(|| account.parse().ok())?
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

#[derive(Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct Credentials {
    #[garde(length(chars, min = 1, max = 100), custom(no_nul))]
    name: String,
    #[garde(length(chars, max = 1000))]
    password: String,
}

#[derive(Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct NewAccount {
    #[garde(length(chars, min = 1, max = 100), custom(no_nul))]
    name: String,
    #[garde(length(chars, min = 8, max = 1000))]
    password: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Session {
    token: String,
}

/// Makes an account. The hash takes some 20 ms of CPU: this is what the pool is for.
#[gopool::post("/accounts", fair_by = "peer", rate = "100/m")]
pub(crate) fn sign_up(
    Valid(Body(new)): Valid<Body<NewAccount>>,
    database: Ctx<Database>,
) -> Result<Status<201>, ShopError> {
    let NewAccount { name, password } = new;
    let hash = hash(&password)?;
    let added = gopool::block_on(async {
        let sql = "INSERT INTO account (name, password) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        Ok::<_, ShopError>(database.get().await?.execute(sql, &[&name, &hash]).await?)
    })?;
    match added {
        1 => Ok(Status(())),
        _ => Err(ShopError::NameTaken { name }),
    }
}

/// Signs in: a cookie for browsers, the same word as a bearer token for programs. Whoever guesses has not many guesses.
#[gopool::post("/session", fair_by = "peer", rate = "100/m")]
pub(crate) fn sign_in(
    who: Valid<Body<Credentials>>,
    database: Ctx<Database>,
    key: Ctx<Key>,
) -> Result<(Status<200>, Cookie, Session), ShopError> {
    let row = gopool::block_on(async {
        let sql = "SELECT id, password FROM account WHERE name = $1";
        Ok::<_, ShopError>(database.get().await?.query_opt(sql, &[&who.name]).await?)
    })?;
    // As much work for a name that nobody has: how long it takes tells nothing.
    let (account, hash) = row.map_or_else(|| (0, NOBODY.clone()), |row| (row.get(0), row.get(1)));
    let hash = PasswordHash::new(&hash).map_err(|error| Error::internal(error.to_string()))?;
    let is_right = Argon2::default()
        .verify_password(who.password.as_bytes(), &hash)
        .is_ok();
    if !is_right || account == 0 {
        return Err(Error::unauthorized("the name or the password is wrong").into());
    }
    let token = key.sign(account);
    let cookie = Cookie::new(COOKIE, &token).max_age(LIFE);
    Ok((Status(()), cookie, Session { token }))
}

/// What a name that nobody has is compared with.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("a password that nobody has").unwrap_or_default());

fn hash(password: &str) -> Result<String, Error> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string())
        .map_err(|error| Error::internal(error.to_string()))
}

/// Signs out.
#[gopool::delete("/session", run = "inline")]
pub(crate) fn sign_out(_user: User) -> (Status<204>, Cookie, ()) {
    (Status(()), Cookie::removed(COOKIE), ())
}

//! What passkeys need of the browser: its own functions read and write everything as JSON.

use gloo_net::http::Request;
use kept_api::people::{PasskeyAnswer, PasskeyAsked, PasskeyBegin};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Function, JSON, Object, Promise, Reflect};

/// Told where the browser, the device or the person says no.
const NOT_DONE: &str = "That did not work. Nothing has changed";
/// Told where the password is another.
const WRONG_PASSWORD: &str = "The password is not right";
/// Told where the server does not know the passkey.
const NOT_KNOWN: &str = "This passkey is not known here";

fn get(from: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(from, &name.into())
}

fn call(on: &JsValue, name: &str, with: &JsValue) -> Result<JsValue, JsValue> {
    get(on, name)?.dyn_into::<Function>()?.call1(on, with)
}

fn kind() -> Result<JsValue, JsValue> {
    get(&window().into(), "PublicKeyCredential")
}

/// Whether the browser knows passkeys, and reads and writes them as JSON.
pub fn is_known() -> bool {
    kind().and_then(|kind| get(&kind, "parseRequestOptionsFromJSON")).is_ok_and(|parse| parse.is_function())
}

/// Asks the device: `act` is `create` or `get`.
async fn ask(act: &str, options: &serde_json::Value) -> Result<serde_json::Value, JsValue> {
    let parse = if act == "create" { "parseCreationOptionsFromJSON" } else { "parseRequestOptionsFromJSON" };
    let public_key = call(&kind()?, parse, &JSON::parse(&options.to_string())?)?;
    let options = Object::new();
    Reflect::set(&options, &"publicKey".into(), &public_key)?;
    let container = get(&window().navigator().into(), "credentials")?;
    let answered = JsFuture::from(call(&container, act, &options)?.dyn_into::<Promise>()?).await?;
    let written = get(&answered, "toJSON")?.dyn_into::<Function>()?.call0(&answered)?;
    let text = String::from(JSON::stringify(&written)?);
    serde_json::from_str(&text).map_err(|error| error.to_string().into())
}

async fn begin(url: &str) -> Option<PasskeyAsked> {
    Request::post(url).header("accept", "application/json").send().await.ok()?.json().await.ok()
}

/// Begins with the password; else why not.
async fn begin_with(url: &str, password: String) -> Result<PasskeyAsked, &'static str> {
    let request = Request::post(url).header("accept", "application/json").json(&PasskeyBegin { password });
    let answer = request.map_err(|_| NOT_DONE)?.send().await.map_err(|_| NOT_DONE)?;
    if answer.status() == 422 {
        return Err(WRONG_PASSWORD);
    }
    answer.json().await.map_err(|_| NOT_DONE)
}

/// The page to go on to; `None` where the server says no.
async fn finish(url: &str, answer: &PasskeyAnswer) -> Option<String> {
    let request = Request::post(url).header("accept", "application/json").json(answer).ok()?;
    let answer = request.send().await.ok()?;
    if answer.ok() { answer.json().await.ok() } else { None }
}

/// Signs in with a passkey and goes on.
pub fn sign_in(next: String, told: RwSignal<&'static str>) {
    leptos::task::spawn_local(async move {
        told.set("");
        let asked = begin("/console/login/passkey").await;
        let Some(PasskeyAsked { options, begun }) = asked else { return told.set(NOT_DONE) };
        let Ok(credential) = ask("get", &options).await else { return told.set(NOT_DONE) };
        // The place to go on to is named where a name would be: the server looks at both.
        match finish("/console/login/passkey/finish", &PasskeyAnswer { begun, name: next, credential }).await {
            Some(url) => window().location().assign(&url).unwrap_or_default(),
            None => told.set(NOT_KNOWN),
        }
    });
}

/// Adds a passkey and shows the page anew.
pub fn add(name: String, password: String, told: RwSignal<&'static str>) {
    leptos::task::spawn_local(async move {
        told.set("");
        let (options, begun) = match begin_with("/console/account/passkeys", password).await {
            Ok(PasskeyAsked { options, begun }) => (options, begun),
            Err(words) => return told.set(words),
        };
        let Ok(credential) = ask("create", &options).await else { return told.set(NOT_DONE) };
        match finish("/console/account/passkeys/finish", &PasskeyAnswer { begun, name, credential }).await {
            Some(url) => window().location().assign(&url).unwrap_or_default(),
            None => told.set(NOT_DONE),
        }
    });
}

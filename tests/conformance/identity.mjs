// Every way of Azure's own identity clients to a token, except a plain secret (sdk.mjs has it), with
// the options by which they believe an authority that is not Microsoft's.
// `node identity.mjs BUILD_DIR URL CERTIFICATE KEY`: the certificate is the client's and the server's.

import { createPrivateKey, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, close } from "./checks.mjs";
import { requireFrom } from "./packages.mjs";

const [build, url, certFile, keyFile] = process.argv.slice(2);
const require = requireFrom(build);
const identity = require("@azure/identity");
const msal = require("@azure/msal-node");

const tenant = "11111111-1111-1111-1111-111111111111";
const client = "22222222-2222-2222-2222-222222222222";
const secret = "emulator-secret";
const scope = `${url}/.default`;
const trusting = { authorityHost: url, disableInstanceDiscovery: true };
const pem = `${readFileSync(keyFile, "utf8")}\n${readFileSync(certFile, "utf8")}`;
const pemFile = join(build, "client.pem");
const federatedFile = join(build, "federated.jwt");

/** A token as an issuer of workload identities would sign it. */
function federated() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "https://issuer.example", sub: "system:serviceaccount:a:b", nbf: now - 5, exp: now + 600 };
  const signed = `${part({ alg: "RS256", kid: "1" })}.${part({ aud: "api://AzureADTokenExchange", ...claims })}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
}

/** Resource Manager takes the token, and it says how long it lives. */
async function works(token, expires) {
  const answer = await fetch(`${url}/subscriptions?api-version=2022-12-01`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  const left = (expires - Date.now()) / 1000;
  if (!(left > 3000 && left < 4000)) throw new Error(`it lives for ${left} s`);
}

async function passes(name, operation) {
  try {
    await operation();
    check(name);
  } catch (error) {
    check(name, `${error.name}: ${String(error.message).slice(0, 400)}`);
  }
}

/** Runs with these environment variables only of those that credentials read. */
async function under(variables, operation) {
  for (const name of Object.keys(process.env)) {
    if (/^(AZURE_|IDENTITY_|MSI_|IMDS_)/.test(name)) delete process.env[name];
  }
  Object.assign(process.env, variables);
  await operation();
}

const take = (make) => async () => {
  const token = await make().getToken(scope);
  await works(token.token, token.expiresOnTimestamp);
};

async function credentials() {
  const {
    ClientAssertionCredential, ClientCertificateCredential, ClientSecretCredential, DefaultAzureCredential,
    EnvironmentCredential, WorkloadIdentityCredential,
  } = identity;
  const secretUnder = (options) => () => new ClientSecretCredential(options.tenant, client, secret, options);
  await passes("the tenant adfs needs no option", take(secretUnder({ tenant: "adfs", authorityHost: url })));
  await passes("certificate", take(() => new ClientCertificateCredential(tenant, client, pemFile, trusting)));
  const chain = { ...trusting, sendCertificateChain: true };
  await passes("certificate and chain", take(() => new ClientCertificateCredential(tenant, client, { certificate: pem }, chain)));
  await passes("assertion", take(() => new ClientAssertionCredential(tenant, client, async () => federated(), trusting)));

  const known = { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_AUTHORITY_HOST: url };
  const without = { disableInstanceDiscovery: true };
  const workload = { ...known, AZURE_FEDERATED_TOKEN_FILE: federatedFile };
  await under(workload, () => passes("workload identity", take(() => new WorkloadIdentityCredential(without))));
  await under(workload, () => passes("default: workload", take(() => new DefaultAzureCredential(without))));
  const withSecret = { ...known, AZURE_CLIENT_SECRET: secret };
  await under(withSecret, () => passes("environment: secret", take(() => new EnvironmentCredential(without))));
  await under(withSecret, () => passes("default: secret", take(() => new DefaultAzureCredential(without))));
  const withFile = { ...known, AZURE_CLIENT_CERTIFICATE_PATH: pemFile };
  await under(withFile, () => passes("environment: certificate", take(() => new EnvironmentCredential(without))));

  const identities = {
    machine: { AZURE_POD_IDENTITY_AUTHORITY_HOST: url },
    app: { IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: "emulator-identity" },
    "cloud shell": { MSI_ENDPOINT: `${url}/msi/token` },
  };
  for (const [name, variables] of Object.entries(identities)) {
    await under(variables, () => passes(`managed identity: ${name}`, take(managedIdentity)));
  }
  await under({}, async () => {});
}

/** Loaded anew: a process keeps the first source of identities that it found, and its tokens. */
function managedIdentity() {
  for (const file of Object.keys(require.cache)) delete require.cache[file];
  const { ManagedIdentityCredential } = require("@azure/identity");
  return new ManagedIdentityCredential();
}

/** MSAL alone, as applications without `@azure/identity` call it. */
async function applications() {
  const asks = (proof, realm = tenant) => async () => {
    const auth = { clientId: client, authority: `${url}/${realm}`, knownAuthorities: [new URL(url).host], ...proof };
    const app = new msal.ConfidentialClientApplication({ auth });
    const { accessToken, expiresOn } = await app.acquireTokenByClientCredential({ scopes: [scope] });
    await works(accessToken, Number(expiresOn));
  };
  const print = new X509Certificate(readFileSync(certFile)).fingerprint256.replaceAll(":", "");
  const privateKey = createPrivateKey(readFileSync(keyFile)).export({ type: "pkcs8", format: "pem" });
  await passes("MSAL: secret", asks({ clientSecret: secret }));
  await passes("MSAL: secret, AD FS", asks({ clientSecret: secret }, "adfs"));
  await passes("MSAL: certificate", asks({ clientCertificate: { thumbprintSha256: print, privateKey } }));
  await passes("MSAL: assertion", asks({ clientAssertion: federated() }));
  await passes("MSAL: wrong secret", async () => {
    const error = await asks({ clientSecret: "wrong" })().then(() => null, (e) => e);
    if (!/AADSTS7000215/.test(String(error?.message))) throw new Error(String(error));
  });
}

writeFileSync(pemFile, pem, { mode: 0o600 });
writeFileSync(federatedFile, federated());
await credentials();
await applications();
process.exit(close());

//! Opening an installation: the platform on its database, embedded or not; serving and closing it.

use std::sync::Arc;

use anyhow::Context;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    http,
    kernel::{AddressFormats, Clock},
    platform::{
        Broker, Config, Db, DedicatedPool, Groups, Mailer, Objects, Parts, Platform, RateLimiter,
        Sms, db, embedded_postgres::EmbeddedPostgres, objects::ObjectsConfig, timekeeper,
    },
    providers::{DEFAULT_PACK, Themes},
    worker,
};

/// The database's name in the embedded cluster.
pub(super) const DATABASE: &str = "smp";

/// The platform, and the embedded database if there is one.
pub struct Installation {
    pub platform: Platform,
    postgres: Option<EmbeddedPostgres>,
}

impl Installation {
    /// Opens everything. An embedded database is migrated; any other must be already.
    pub async fn open(config: Config, stop: &CancellationToken) -> anyhow::Result<Self> {
        let migrate = config.database_url.is_none();
        Self::open_with(config, migrate, stop).await
    }

    /// The same, if the installation is there: a command that reads, or that changes what others made,
    /// creates none.
    pub async fn open_existing(config: Config, stop: &CancellationToken) -> anyhow::Result<Self> {
        anyhow::ensure!(
            config.database_url.is_some() || EmbeddedPostgres::exists(&config.data),
            "there is no installation in {}, and DATABASE_URL is not set. Run this where the server \
             runs, or name its data folder in SMP_DATA or its database in DATABASE_URL",
            config.data.display()
        );
        Self::open(config, stop).await
    }

    /// Opens everything and migrates the database, embedded or not.
    pub async fn open_migrated(config: Config, stop: &CancellationToken) -> anyhow::Result<Self> {
        Self::open_with(config, true, stop).await
    }

    async fn open_with(
        config: Config,
        migrate: bool,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let (owner_url, app_url, postgres) = match &config.database_url {
            Some(url) => (url.clone(), url.clone(), None),
            None => {
                let postgres = EmbeddedPostgres::start(&config.data)
                    .await
                    .context("the embedded database did not start")?;
                postgres.ensure_database(DATABASE).await?;
                (
                    postgres.url("smp_owner", DATABASE),
                    postgres.url("smp_app", DATABASE),
                    Some(postgres),
                )
            }
        };
        if migrate {
            db::migrate(&owner_url).await?;
        }
        let platform = platform(config, &app_url, stop).await?;
        Ok(Self { platform, postgres })
    }

    /// The database's URL for the application's role.
    pub fn app_database_url(&self) -> String {
        match (&self.postgres, &self.platform.config.database_url) {
            (Some(postgres), _) => postgres.url("smp_app", DATABASE),
            (None, url) => url.clone().unwrap_or_default(),
        }
    }

    /// Serves until the platform shuts down, with the worker unless told not to. `once_up` runs as
    /// soon as the port is open; its error ends the server.
    pub async fn serve(
        &self,
        with_worker: bool,
        once_up: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        let platform = &self.platform;
        let config = &platform.config;
        let listener = listen(&format!("{}:{}", config.host, config.port), "SMP_PORT").await?;
        tracing::info!("serving {} on {}", config.base_url, listener.local_addr()?);
        let operator_listener = match &config.metrics_listen {
            Some(address) => Some(listen(address, "SMP_METRICS_LISTEN").await?),
            None => None,
        };
        let themes = Themes::new(platform)?;
        let http::Endpoints { public, operators } = http::endpoints(platform, &themes).await?;
        let limits = http::ConnectionLimits::of(config);
        raise_descriptor_limit(limits.all);
        let public = http::serve(listener, Arc::new(public), limits, platform.shutdown.clone());
        let operators = async {
            let Some(listener) = operator_listener else { return };
            tracing::info!("serving metrics on {:?}", listener.local_addr());
            http::serve(listener, Arc::new(operators), limits, platform.shutdown.clone()).await;
        };
        let work = async {
            if with_worker {
                worker::run(platform, &themes).await
            } else {
                platform.shutdown.cancelled().await;
                Ok(())
            }
        };
        let up = async {
            let up = async {
                platform.objects.ensure_bucket().await.context("the bucket for files")?;
                once_up.await
            }
            .await;
            if up.is_err() {
                platform.shutdown.cancel();
            }
            up
        };
        let ((), (), worked, up) = tokio::join!(public, operators, work, up);
        up?;
        worked
    }

    /// Closes connections and stops the embedded database.
    pub async fn close(self) -> anyhow::Result<()> {
        self.platform.shutdown.cancel();
        self.platform.dedicated.db().close().await;
        self.platform.db.close().await;
        if let Some(postgres) = self.postgres {
            postgres.stop().await?;
        }
        Ok(())
    }
}

async fn listen(address: &str, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; change {setting}"))
}

/// Connects every part that `config` names, on a database that is migrated.
pub async fn platform(
    config: Config,
    database_url: &str,
    stop: &CancellationToken,
) -> anyhow::Result<Platform> {
    platform_with(config, database_url, Clock::default(), stop).await
}

/// The same with the machine's clock, which a test may set wrong.
pub async fn platform_with(
    config: Config,
    database_url: &str,
    clock: Clock,
    stop: &CancellationToken,
) -> anyhow::Result<Platform> {
    let db = Db::connect(database_url).await?;
    timekeeper::synchronize(&db, &clock)
        .await
        .map_err(|error| anyhow::anyhow!("the database's clock cannot be read: {error:?}"))?;
    tokio::spawn(timekeeper::keep(db.clone(), clock.clone(), stop.clone()));
    let broker = match &config.redis_url {
        Some(url) => Broker::redis(url).await.context("REDIS_URL cannot be reached")?,
        None => Broker::in_process(),
    };
    tokio::spawn(broker.clone().follow_database(db.clone(), stop.clone()));
    assemble(config, db, broker, clock, stop)
}

fn assemble(
    config: Config,
    db: Db,
    broker: Broker,
    clock: Clock,
    stop: &CancellationToken,
) -> anyhow::Result<Platform> {
    let local = format!("http://127.0.0.1:{}", config.port);
    let objects = ObjectsConfig {
        endpoint: config.s3_endpoint.clone(),
        public_endpoint: config.s3_public_endpoint.clone(),
        bucket: config.s3_bucket.clone(),
        region: config.s3_region.clone(),
        access_key: config.s3_access_key.clone(),
        secret_key: config.s3_secret_key.clone(),
    };
    let dedicated = DedicatedPool::beside(&db)?;
    Ok(Platform::new(Parts {
        groups: Groups::of_at_most(config.order_group, &db, &dedicated),
        dedicated,
        db,
        addresses: Arc::new(AddressFormats::load(&config.tenants_dir.join(DEFAULT_PACK))?),
        limits: RateLimiter::new(broker.clone(), clock.clone()),
        broker,
        objects: Objects::connect(&objects, &local, &config.base_url),
        mailer: Mailer::connect(
            config.smtp_url.as_deref(),
            &config.mail_from,
            config.dkim.as_ref(),
        )
        .context("SMTP_URL")?,
        sms: Sms::connect(config.sms.clone())?,
        clock,
        shutdown: stop.clone(),
        config,
    }))
}

/// A platform to describe the API of: nothing is connected.
pub(super) fn describing(config: Config) -> anyhow::Result<Platform> {
    let url = "postgres://nobody@127.0.0.1/none";
    assemble(
        config,
        Db::lazy(url)?,
        Broker::in_process(),
        Clock::default(),
        &CancellationToken::new(),
    )
}

/// Files, database connections and whatever else is open beside the connections of clients.
const DESCRIPTORS_BESIDE: u64 = 1_024;

/// Lets the process open as many descriptors as its connections need, as far as the system allows.
fn raise_descriptor_limit(connections: usize) {
    let wanted = connections as u64 + DESCRIPTORS_BESIDE;
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    if soft >= wanted {
        return;
    }
    let raised = wanted.min(hard);
    if setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_err() || raised < wanted {
        tracing::warn!(
            "the system allows {} open files, which {connections} connections may exceed; \
             raise the limit (ulimit -n) or lower SMP_CONNECTIONS",
            raised.max(soft)
        );
    }
}

"""The binary refuses a bad environment, and tells all of it at once."""

from support import run_smp


def test_every_problem_is_told_at_once(scratch):
    done = run_smp(
        "serve",
        SMP_DATA=scratch / "bad",
        SMP_ENV="prod",
        SMP_PORT="99999",
        SMP_SECRET="short",
        REDIS_URL="http://someone:a-password-of-redis@127.0.0.1",
        SMTP_URL="not an address",
        S3_ENDPOINT="http://127.0.0.1:9",
        SMS_URL="http://127.0.0.1:9",
        MAIL_FROM="nobody",
    )
    assert done.returncode == 1
    for part in ("smp_env", "smp_port", "smp_secret", "redis_url", "smtp_url", "s3_access_key", "sms_account", "sms_token", "sms_from", "mail_from"):
        assert part in done.stderr, (part, done.stderr)
    assert "a-password-of-redis" not in done.stdout + done.stderr
    assert "10 problem(s)" in done.stderr, done.stderr


def test_a_file_with_a_misspelt_key_is_refused(scratch):
    file = scratch / "smp.toml"
    file.write_text('smp_prot = 8080\nsmp_env = "production"\n')
    done = run_smp("serve", SMP_CONFIG=file, SMP_DATA=scratch / "bad")
    assert done.returncode == 1
    assert "smp_prot is not a setting" in done.stderr and "smp_secret must be set" in done.stderr, done.stderr


def test_production_refuses_every_sandbox_default(scratch):
    done = run_smp("serve", SMP_ENV="production", SMP_DATA=scratch / "production")
    assert done.returncode == 1
    for part in ("smp_secret", "database_url", "s3_endpoint", "smtp_url", "sandbox payment gateway"):
        assert part in done.stderr, (part, done.stderr)
    assert not (scratch / "production" / "pg").exists(), "it started a database all the same"


def test_a_part_that_is_not_there_is_named(scratch):
    """Each real part that cannot be reached ends the start with its setting's name, and without its password."""
    for setting, url in {
        "DATABASE_URL": "postgres://smp_app:a-password@127.0.0.1:9/smp",
        "REDIS_URL": "redis://:a-password@127.0.0.1:9/",
    }.items():
        done = run_smp("serve", SMP_DATA=scratch / "absent", **{setting: url})
        assert done.returncode == 1
        said = done.stderr.lower()
        assert ("redis_url" if setting == "REDIS_URL" else "cannot reach the database") in said, (setting, done.stderr)
        assert "a-password" not in done.stdout + done.stderr

//! One policy, evaluated again and again by regorus: bench-regorus SECONDS LOAD, where LOAD is a folder of
//! bench/policy/loads.py. Prints nanoseconds for one evaluation, by its register machine or by its interpreter,
//! whichever is quicker. Modules are compiled and documents are read beforehand.
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{CompiledPolicy, Engine, Rc, Value};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn engine_of(load: &Path) -> Result<Engine> {
    let mut engine = Engine::new();
    engine.set_rego_v0(load.join("v0").exists());
    let mut modules: Vec<_> = fs::read_dir(load)?.filter_map(|e| e.ok()).map(|e| e.path()).collect();
    modules.sort();
    for path in modules.iter().filter(|p| p.extension().is_some_and(|e| e == "rego")) {
        engine.add_policy_from_file(path)?;
    }
    engine.add_data_json(&fs::read_to_string(load.join("data.json"))?)?;
    Ok(engine)
}

/// Nanoseconds for one call of `once`, which is repeated for so many seconds.
fn measured(seconds: f64, mut once: impl FnMut() -> Result<()>) -> Result<f64> {
    let (begin, limit) = (Instant::now(), Duration::from_secs_f64(seconds));
    let mut n = 0u64;
    while begin.elapsed() < limit {
        once()?;
        n += 1;
    }
    Ok(begin.elapsed().as_nanos() as f64 / n as f64)
}

fn interpreted(seconds: f64, policies: &[CompiledPolicy], input: &Value) -> Result<f64> {
    measured(seconds, || {
        for policy in policies {
            policy.eval_with_input(input.clone())?;
        }
        Ok(())
    })
}

fn by_machine(seconds: f64, policies: &[CompiledPolicy], rules: &[&str], data: &Value, input: &Value) -> Result<f64> {
    let mut machines = Vec::new();
    for (policy, rule) in policies.iter().zip(rules) {
        let mut vm = RegoVM::new_with_policy(policy.clone());
        vm.set_max_instructions(usize::MAX);
        vm.load_program(Compiler::compile_from_policy(policy, &[*rule])?);
        vm.set_data(data.clone())?;
        machines.push(vm);
    }
    measured(seconds, || {
        for vm in &mut machines {
            vm.set_input(input.clone());
            vm.execute()?;
        }
        Ok(())
    })
}

fn run() -> Result<f64> {
    let args: Vec<String> = std::env::args().collect();
    let (seconds, load): (f64, &Path) = (args[1].parse()?, Path::new(&args[2]));
    let rules = fs::read_to_string(load.join("rules"))?;
    let rules: Vec<&str> = rules.lines().collect();
    let input = Value::from_json_file(load.join("input.json"))?;
    let data = Value::from_json_file(load.join("data.json"))?;
    let mut policies = Vec::new();
    for rule in &rules {
        policies.push(engine_of(load)?.compile_with_entrypoint(&Rc::from(*rule))?);
    }
    let slow = interpreted(seconds, &policies, &input)?;
    Ok(by_machine(seconds, &policies, &rules, &data, &input).map_or(slow, |quick| quick.min(slow)))
}

fn main() {
    match run() {
        Ok(ns) => println!("{ns:.0} ns each"),
        Err(e) => {
            eprintln!("bench-regorus: {e}");
            std::process::exit(1)
        }
    }
}

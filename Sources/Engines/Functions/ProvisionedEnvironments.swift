import Documents
import Kernel
import Logging

/// Environments of one version that are started before there is work for them
/// (https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html).
struct Provision {
    var specification: FunctionSpecification
    var wanted: Int
    var idle: [Environment] = []
    /// Of those that came up, the ones at work too.
    var ready = 0
    /// Being started or up; what is taken away does not count any more.
    var members: Set<ObjectIdentifier> = []
    var failure: String?
    var isFilling = false
}

/// How many of a version's provisioned environments there are.
public struct ProvisionStatus: Sendable, Hashable {
    public var allocated: Int
    /// Those that are not at work.
    public var available: Int
    /// Why there are no more of them, in Lambda's words.
    public var failure: String?
}

extension FunctionEngine {
    private enum ProvisionLimit {
        /// Provisioned environments on this machine, whoever's they are. Idle ones cost memory alone.
        static let machine = 32
        /// How long a provisioned environment may take to come up
        /// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
        static let initialization = Duration.seconds(900)
        /// Tries to start one, where the function itself is not what fails.
        static let tries = 5
        static let pause = Duration.seconds(1)
    }

    /// Keeps `count` environments of this version ready from now on. They come up after this returns.
    public func provision(_ specification: FunctionSpecification, count: Int) async {
        let identity = specification.identity
        if let present = provisions[identity], present.specification.revision != specification.revision {
            await unprovision(identity)
        }
        var provision = provisions[identity] ?? Provision(specification: specification, wanted: count)
        (provision.wanted, provision.failure) = (count, nil)
        var surplus: [Environment] = []
        while provision.members.count > count, let environment = provision.idle.popLast() {
            provision.members.remove(ObjectIdentifier(environment))
            provision.ready -= 1
            surplus.append(environment)
        }
        provisions[identity] = provision
        for environment in surplus { await end(environment) }
        fill(identity)
    }

    /// Which versions of a function have provisioned environments.
    public func provisionedVersions(of arn: String) -> [String] {
        provisions.values.filter { $0.specification.arn == arn }.map(\.specification.version)
    }

    public func unprovision(_ arn: String, version: String) async { await unprovision("\(arn):\(version)") }

    func unprovision(_ identity: String) async {
        guard let provision = provisions.removeValue(forKey: identity) else { return }
        for environment in provision.idle { await end(environment) }
    }

    /// - Returns: nil for a version that has none.
    public func provisionStatus(_ arn: String, version: String) -> ProvisionStatus? {
        provisions["\(arn):\(version)"].map {
            ProvisionStatus(allocated: $0.ready, available: $0.idle.count, failure: $0.failure)
        }
    }

    private func fill(_ identity: String) {
        guard provisions[identity]?.isFilling == false else { return }
        provisions[identity]?.isFilling = true
        Task {
            await self.start(identity)
            self.provisions[identity]?.isFilling = false
        }
    }

    /// Starts one after the other, so that a large number does not hold up what works.
    private func start(_ identity: String) async {
        var tries = 0
        while !isStopping, let provision = provisions[identity], provision.members.count < provision.wanted {
            guard provisions.values.reduce(0, { $0 + $1.members.count }) < ProvisionLimit.machine else {
                provisions[identity]?.failure =
                    "This machine keeps at most \(ProvisionLimit.machine) provisioned environments ready."
                return
            }
            let environment: Environment
            do {
                environment = try await start(provision.specification, isProvisioned: true)
            } catch {
                tries += 1
                guard tries < ProvisionLimit.tries else {
                    log.warning(
                        "a provisioned environment was not started", metadata: ["function": "\(identity)", "error": "\(error)"])
                    provisions[identity]?.failure = (error as? any Fault)?.wire.message ?? "\(error)"
                    return
                }
                guard (try? await RealTime.wait(ProvisionLimit.pause)) != nil else { return }
                continue
            }
            // Another configuration may have taken the place meanwhile.
            guard provisions[identity]?.specification.revision == provision.specification.revision else {
                return await end(environment)
            }
            let member = ObjectIdentifier(environment)
            provisions[identity]?.members.insert(member)
            let isUp = await environment.initialized(within: ProvisionLimit.initialization)
            guard isUp, provisions[identity]?.members.contains(member) == true else {
                provisions[identity]?.members.remove(member)
                await end(environment)
                if !isUp { provisions[identity]?.failure = "FUNCTION_ERROR_INIT_FAILURE" }
                if isUp { continue }
                return
            }
            provisions[identity]?.ready += 1
            provisions[identity]?.idle.append(environment)
        }
    }

    /// One that is ready; nil lets the call spill over to an environment on demand.
    func takeProvisioned(_ specification: FunctionSpecification) -> Environment? {
        let identity = specification.identity
        guard provisions[identity]?.specification.revision == specification.revision else { return nil }
        while let environment = provisions[identity]?.idle.popLast() {
            if isFresh(environment) { return environment }
            lose(environment)
        }
        return nil
    }

    func releaseProvisioned(_ environment: Environment) {
        let identity = environment.specification.identity
        guard let provision = provisions[identity], provision.members.contains(ObjectIdentifier(environment)), !isStopping,
            environment.isUsable, provision.members.count <= provision.wanted
        else { return lose(environment) }
        provisions[identity]?.idle.append(environment)
    }

    /// Ends an environment, and starts another one in its place where there should be one.
    private func lose(_ environment: Environment) {
        let identity = environment.specification.identity
        if provisions[identity]?.members.remove(ObjectIdentifier(environment)) != nil { provisions[identity]?.ready -= 1 }
        Task {
            await self.end(environment)
            self.fill(identity)
        }
    }
}

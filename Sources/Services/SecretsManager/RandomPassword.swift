import Kernel

/// GetRandomPassword (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html).
extension SecretsManagerService {
    struct PasswordInput: Decodable, Sendable {
        var PasswordLength: Int?
        var ExcludeCharacters: String?
        var ExcludeNumbers: Bool?
        var ExcludePunctuation: Bool?
        var ExcludeUppercase: Bool?
        var ExcludeLowercase: Bool?
        var IncludeSpace: Bool?
        var RequireEachIncludedType: Bool?
    }

    struct PasswordOutput: Codable, Sendable { var RandomPassword: String }

    func randomPassword(_ input: PasswordInput, _ context: Context) async throws -> PasswordOutput {
        let length = input.PasswordLength ?? SecretsLimit.password
        let excluded = Set(input.ExcludeCharacters ?? "")
        var types: [[Character]] = []
        func include(_ characters: String, unless isExcluded: Bool?) {
            if isExcluded != true { types.append(characters.filter { !excluded.contains($0) }) }
        }
        include("abcdefghijklmnopqrstuvwxyz", unless: input.ExcludeLowercase)
        include("ABCDEFGHIJKLMNOPQRSTUVWXYZ", unless: input.ExcludeUppercase)
        include("0123456789", unless: input.ExcludeNumbers)
        include("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", unless: input.ExcludePunctuation)
        var pool: [Character] = Array(types.joined())
        if input.IncludeSpace == true, !excluded.contains(" ") { pool.append(" ") }
        guard !pool.isEmpty else {
            throw SecretsFault.invalidParameter("The password can't be generated: all characters are excluded.")
        }
        var generator = SystemRandomNumberGenerator()
        var password: [Character] = []
        if input.RequireEachIncludedType ?? true {
            guard types.allSatisfy({ !$0.isEmpty }) else {
                throw SecretsFault.invalidParameter(
                    "The password can't be generated: all characters of a required type are excluded.")
            }
            guard types.count <= length else {
                throw SecretsFault.invalidParameter("Password length is too short based on the required types.")
            }
            for type in types { password.append(type[Int.random(in: 0..<type.count, using: &generator)]) }
        }
        while password.count < length { password.append(pool[Int.random(in: 0..<pool.count, using: &generator)]) }
        password.shuffle(using: &generator)
        return PasswordOutput(RandomPassword: String(password))
    }
}

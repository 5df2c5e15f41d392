import Foundation
import Kernel
import Store
import Testing

@Suite struct RootKeyTests {
    /// A data directory of the test's own; `body` opens its root key as often as it likes.
    private static func with(_ body: (String, any KeyValueStore) async throws -> Void) async throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "tarn-root-\(UUID().uuidString)").path
        let directory = parent + "/data"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let store = try SQLiteStore.open(directory: directory)
        do { try await body(directory, store) } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    @Test func theKeyIsMadeBesideTheDataAndFoundAgain() async throws {
        try await Self.with { directory, store in
            let made = try await RootKey.open(.beside, dataDirectory: directory, store: store)
            let again = try await RootKey.open(.beside, dataDirectory: directory, store: store)
            #expect(made.derived("x") == again.derived("x"))
            #expect(made.derived("x") != made.derived("y"))
            let attributes = try FileManager.default.attributesOfItem(atPath: directory + ".root-key")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func aMissingOrAnotherKeyIsRefused() async throws {
        try await Self.with { directory, store in
            let path = directory + ".root-key"
            _ = try await RootKey.open(.beside, dataDirectory: directory, store: store)
            let other = Data(repeating: 9, count: 32).base64EncodedString()
            await #expect(throws: RootKeyRefused.wrong(source: "TARN_ROOT_KEY", directory: directory)) {
                _ = try await RootKey.open(.text(other), dataDirectory: directory, store: store)
            }
            await #expect(throws: RootKeyRefused.notAKey(source: "TARN_ROOT_KEY")) {
                _ = try await RootKey.open(.text("short"), dataDirectory: directory, store: store)
            }
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            await #expect(throws: RootKeyRefused.readableByOthers(path: path)) {
                _ = try await RootKey.open(.beside, dataDirectory: directory, store: store)
            }
            try FileManager.default.removeItem(atPath: path)
            await #expect(throws: RootKeyRefused.missing(path: path, directory: directory)) {
                _ = try await RootKey.open(.beside, dataDirectory: directory, store: store)
            }
        }
    }

    @Test func sourcesAreNamed() throws {
        #expect(try RootKeySource(option: "file:/k", environment: "x") == .file("/k"))
        #expect(try RootKeySource(option: nil, environment: "x") == .text("x"))
        #expect(try RootKeySource(option: nil, environment: nil) == .beside)
        let uri = "pkcs11:token=a%20b;id=%01%ff?module-path=/m.so&pin-source=file:/pin"
        guard case .token(let key, let pin) = try RootKeySource(option: uri, environment: "x", pin: "1") else {
            Issue.record("a PKCS #11 URI is a token's")
            return
        }
        #expect(pin == "1" && key.module == "/m.so" && key.token == "a b" && key.id == [1, 255] && key.pinFile == "/pin")
        #expect(key.object == nil && key.serial == nil)
    }

    @Test(arguments: [
        "pkcs11:", "pkcs11:token=a;object=b", "pkcs11:token=a;object=b?module-path=m.so",
        "pkcs11:token=a?module-path=/m.so", "pkcs11:object=b?module-path=/m.so",
        "pkcs11:token=a;token=a;object=b?module-path=/m.so",
        "pkcs11:token=%4;object=b?module-path=/m.so", "pkcs11:token=%ff;object=b?module-path=/m.so",
        "pkcs11:token=a;object=b;type=private?module-path=/m.so", "pkcs11:token=a;object=b?module-path=/m.so&pin-value=1",
        "pkcs11:token=a;object=b?module-path=/m.so&pin-source=|/bin/cat", "pkcs11:token=a;object=b;slot-id=1?module-path=/m.so",
    ])
    func urisThatDoNotNameAKeyAreRefused(_ uri: String) {
        #expect(throws: TokenRefused.self) { try TokenKeyURI(uri) }
    }

    @Test func aDerivedKeyIsTheSameEachTimeAndForEachPurposeAnother() throws {
        let root = RootKey.random()
        let copy = root
        #expect(root.key(for: "a") == root.key(for: "a"))
        #expect(root.key(for: "a") == copy.key(for: "a"))
        #expect(root.key(for: "a").withUnsafeBytes { Array($0) } == root.derived("a"))
        #expect(root.key(for: "a") != root.key(for: "b"))
        #expect(root.key(for: "a") != RootKey.random().key(for: "a"))
    }

    @Test func whatIsSealedOpensInItsPlaceOnly() throws {
        let sealer = RootKey.random().sealer("test")
        let sealed = try sealer.seal([1, 2, 3], place: "here")
        #expect(try sealer.open(sealed, place: "here") == [1, 2, 3])
        #expect(throws: Sealer.Failure.self) { try sealer.open(sealed, place: "there") }
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: Sealer.Failure.self) { try sealer.open(changed, place: "here") }
        }
    }
}

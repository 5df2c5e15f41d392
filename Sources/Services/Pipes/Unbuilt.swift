import Documents
import Kernel

/// What Pipes knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension PipesService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["KmsKeyIdentifier"],
            of: ["CreatePipe", "UpdatePipe"], unless: [""])
    }
}

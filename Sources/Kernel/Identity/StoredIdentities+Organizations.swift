extension StoredIdentities {
    public func organization(of account: String) async throws -> OrganizationControls {
        // Services and anonymous callers belong to no account's organization.
        guard !account.isEmpty else { return OrganizationControls() }
        return try await organizations.controls(of: account)
    }

    public func organizationsChanged() { organizations.changed() }
}

import Kernel
import SQLEngine

/// Amazon Athena: SQL over the data in S3, described by the Glue catalog.
public struct AthenaService: Service {
    public static let id = "athena"
    private let engine: any SQLRunning
    private let runs: QueryRuns

    /// - Parameter engine: shared by every service that runs SQL.
    public init(engine: any SQLRunning) {
        self.engine = engine
        runs = QueryRuns(engine: engine)
    }

    public func register(in operations: inout Operations) {
        operations.on("CreateWorkGroup", WorkGroups.create)
        operations.on("GetWorkGroup", WorkGroups.get)
        operations.on("ListWorkGroups", WorkGroups.list)
        operations.on("UpdateWorkGroup", WorkGroups.update)
        operations.on("DeleteWorkGroup", WorkGroups.delete)

        operations.on("ListEngineVersions", WorkGroups.engineVersions)

        operations.on("CreateNamedQuery", NamedQueries.create)
        operations.on("GetNamedQuery", NamedQueries.get)
        operations.on("BatchGetNamedQuery", NamedQueries.batchGet)
        operations.on("ListNamedQueries", NamedQueries.list)
        operations.on("UpdateNamedQuery", NamedQueries.update)
        operations.on("DeleteNamedQuery", NamedQueries.delete)

        operations.on("CreatePreparedStatement", PreparedStatements.create)
        operations.on("GetPreparedStatement", PreparedStatements.get)
        operations.on("BatchGetPreparedStatement", PreparedStatements.batchGet)
        operations.on("ListPreparedStatements", PreparedStatements.list)
        operations.on("UpdatePreparedStatement", PreparedStatements.update)
        operations.on("DeletePreparedStatement", PreparedStatements.delete)

        operations.on("StartQueryExecution", runs.start)
        operations.on("StopQueryExecution", runs.stop)
        operations.on("GetQueryExecution", Queries.get)
        operations.on("GetQueryRuntimeStatistics", Queries.statistics)
        operations.on("BatchGetQueryExecution", Queries.batchGet)
        operations.on("ListQueryExecutions", Queries.list)
        operations.on("GetQueryResults", Results.get)
        operations.delivery(QueryRuns.delivery, runs.carryOut)

        operations.on("ListDataCatalogs", Catalogs.list)
        operations.on("GetDataCatalog", Catalogs.catalog)
        operations.on("GetDatabase", Catalogs.database)
        operations.on("ListDatabases", Catalogs.databases)
        operations.on("GetTableMetadata", Catalogs.table)
        operations.on("ListTableMetadata", Catalogs.tables)

        operations.on("TagResource", Tags.tag)
        operations.on("UntagResource", Tags.untag)
        operations.on("ListTagsForResource", Tags.list)
        refuseUnbuilt(in: &operations)
    }

    public func stop() async { await engine.stop() }
}

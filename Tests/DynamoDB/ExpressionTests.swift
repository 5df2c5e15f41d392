import Documents
import Testing

@testable import DynamoDB

private let names: Document = ["#n": "name", "#s": "status"]
private let values: Document = [
    ":one": ["N": "1"], ":two": ["N": "2"], ":a": ["S": "a"], ":list": ["L": [["N": "9"]]], ":set": ["SS": ["x", "y"]],
    ":yes": ["BOOL": true],
]

private let item: Attributes = [
    "id": .string("k"), "name": .string("abc"), "n": .number(Number(1)), "tags": .stringSet(["x", "z"]),
    "l": .list([.number(Number(1)), .string("two"), .map(["deep": .bool(true)])]), "m": .map(["a": .number(Number(5))]),
]

private func placeholders() throws -> Placeholders {
    try Placeholders(
        ["ExpressionAttributeNames": names, "ExpressionAttributeValues": values], expressions: [("ConditionExpression", true)])
}

private func evaluate(_ text: String) throws -> Bool {
    var all = try placeholders()
    let condition = try all.bind(try Parser.condition(text, .condition), .condition)
    try condition.check(.condition)
    return condition.holds(for: item)
}

private func update(_ text: String) throws -> Attributes {
    var all = try placeholders()
    let update = try all.bind(try Parser.update(text))
    try update.check()
    return try update.applied(to: item)
}

struct ExpressionTests {
    @Test func knowsAllReservedWords() { #expect(ReservedWords.all.count == 573) }

    @Test(arguments: [
        ("#n = :a", false), ("n = :one", true), ("n <> :a", true), ("absent <> :a", true), ("absent = :a", false),
        ("n < :two AND n >= :one", true), ("NOT n = :one OR n = :one", true), ("n = :two OR n = :one AND #n = :a", false),
        ("n BETWEEN :one AND :two", true), ("n IN (:two, :one)", true), ("attribute_exists(l[2].deep)", true),
        ("attribute_not_exists(l[3])", true), ("begins_with(#n, :a)", true), ("contains(#n, :a)", true),
        ("contains(tags, :a)", false), ("size(l) > :two", true), ("size(#n) = :one", false),
        ("(n = :one) AND (NOT (n = :two))", true),
        ("attribute_type(l, :a)", false), ("l[2].deep = :yes", true), (":one = n", true),
    ])
    func evaluates(_ text: String, _ expected: Bool) throws {
        if text.hasPrefix("attribute_type") {
            #expect(throws: DynamoDBFault.self) { try evaluate(text) }
        } else {
            #expect(try evaluate(text) == expected)
        }
    }

    @Test(arguments: [
        ("n =", "Syntax error; token: \"<EOF>\", near: \"=\""),
        ("n = = :one", "Syntax error; token: \"=\", near: \"= = :one\""),
        ("", "The expression can not be empty;"),
        ("name = :a", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("#x = :a", "An expression attribute name used in the document path is not defined; attribute name: #x"),
        ("n = :x", "An expression attribute value used in expression is not defined; attribute value: :x"),
        ("((n = :one))", "The expression has redundant parentheses;"),
        ("foo(n)", "Invalid function name; function: foo"),
        (
            "attribute_exists(n, l)",
            "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2"
        ),
        ("n < :yes", "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"),
        (
            "begins_with(n, :one)",
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"
        ),
        ("attribute_exists(:a)", "Operator or function requires a document path; operator or function: attribute_exists"),
        (
            "n BETWEEN :two AND :one",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"
        ),
    ])
    func refusesConditions(_ text: String, _ message: String) {
        #expect(throws: DynamoDBFault.validation("Invalid ConditionExpression: \(message)")) { try evaluate(text) }
    }

    @Test func updates() throws {
        #expect(try update("SET n = n + :two, m.b = :a")["n"] == .number(Number(3)))
        #expect(try update("SET m.b = if_not_exists(m.b, :a)")["m"] == .map(["a": .number(Number(5)), "b": .string("a")]))
        #expect(try update("SET l = list_append(l, :list)")["l"]?.sizeOperand == 4)
        #expect(try update("REMOVE l[0], l[1]")["l"] == .list([.map(["deep": .bool(true)])]))
        #expect(try update("SET l[9] = :a, l[7] = :one")["l"]?.sizeOperand == 5)
        #expect(try update("ADD n :one, tags :set")["tags"] == .stringSet(["x", "y", "z"]))
        #expect(try update("DELETE tags :set")["tags"] == .stringSet(["z"]))
        #expect(try update("ADD fresh :one REMOVE absent")["fresh"] == .number(Number(1)))
        // Every operand is read from the item as it was.
        #expect(try update("SET a = n, n = :two")["a"] == .number(Number(1)))
    }

    @Test(arguments: [
        (
            "SET n = :one, n = :two",
            "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]"
        ),
        (
            "SET m.a = :one REMOVE m",
            "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m]"
        ),
        (
            "SET n = :one SET a = :one",
            "Invalid UpdateExpression: The \"SET\" section can only be used once in an update expression;"
        ),
        ("SET n = absent", "The provided expression refers to an attribute that does not exist in the item"),
        ("SET x.y = :one", "The document path provided in the update expression is invalid for update"),
        ("SET q = l + :one", "An operand in the update expression has an incorrect data type"),
        (
            "ADD n :a",
            "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"
        ),
        ("SET n = size(l)", "Invalid UpdateExpression: The function is not allowed in an update expression; function: size"),
        ("SET status = :a", "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: status"),
    ])
    func refusesUpdates(_ text: String, _ message: String) {
        #expect(throws: DynamoDBFault.validation(message)) { try update(text) }
    }

    @Test func projectsInStructure() throws {
        let paths = try Parser.projection("l[2].deep, m.a, l[0], nothing")
        #expect(
            Projection(paths).apply(to: item).hasSameAttributes(as: [
                "l": .list([.number(Number(1)), .map(["deep": .bool(true)])]), "m": .map(["a": .number(Number(5))]),
            ]))
    }
}

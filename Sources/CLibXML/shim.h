#ifndef TARN_CLIBXML_SHIM_H
#define TARN_CLIBXML_SHIM_H

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

// What is seen of a document while a part of it is made canonical.
typedef struct {
    xmlNodePtr apex;
    xmlNodePtr without;
} tarn_part;

// Whether a node is the part's apex or below it, and not below the subtree that is left out. Namespace nodes have no parent
// of their own: they are seen with the element that they are looked at for.
static inline int tarn_is_in_part(void *data, xmlNodePtr node, xmlNodePtr parent) {
    const tarn_part *part = (const tarn_part *)data;
    xmlNodePtr at = node != NULL && node->type == XML_NAMESPACE_DECL ? parent : node;
    while (at != NULL) {
        if (at == part->without) return 0;
        if (at == part->apex) return 1;
        at = at->parent;
    }
    return 0;
}

// Exclusive XML Canonicalization 1.0 of the subtree `apex`, leaving out the subtree `without` if it is not null. The result
// is the caller's to free with tarn_free; null is a failure. `prefixes` ends with null, or is null.
static inline xmlChar *tarn_canonical(
    xmlDocPtr document, xmlNodePtr apex, xmlNodePtr without, xmlChar **prefixes, int comments, int *length) {
    tarn_part part = {apex, without};
    xmlChar *text = NULL;
    xmlOutputBufferPtr buffer = xmlAllocOutputBuffer(NULL);
    if (buffer == NULL) return NULL;
    if (xmlC14NExecute(document, tarn_is_in_part, &part, XML_C14N_EXCLUSIVE_1_0, prefixes, comments, buffer) >= 0) {
        *length = (int)xmlOutputBufferGetSize(buffer);
        text = xmlStrndup(xmlOutputBufferGetContent(buffer), *length);
    }
    xmlOutputBufferClose(buffer);
    return text;
}

// Parses without entities, network and document types' files; errors are not printed. Null for what is not well-formed.
static inline xmlDocPtr tarn_parse(const char *bytes, int length) {
    return xmlReadMemory(bytes, length, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

// xmlFree is a global variable, which Swift does not touch under strict concurrency.
static inline void tarn_free(xmlChar *text) { xmlFree(text); }

#endif

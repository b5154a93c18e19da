#include "SparseAttn/Dialect/PatternAttrs.h"
using namespace mlir; using namespace mlir::sattn;
SparsityPatternAttrInterface mlir::sattn::simplifyPattern(SparsityPatternAttrInterface p){
  AttrTypeReplacer r; r.addReplacement([](Attribute a)->std::optional<Attribute>{ if(auto q=dyn_cast<SparsityPatternAttrInterface>(a)){ Attribute n=q.simplifyPattern(); if(n!=a) return n;} return std::nullopt;});
  Attribute cur=p; for(int i=0;i<8;i++){ Attribute n=r.replace(cur); if(n==cur) break; cur=n;} return cast<SparsityPatternAttrInterface>(cur);}
#define S(A) Attribute A::simplifyPattern() const {return *this;}
S(AndAttr)S(OrAttr)S(NotAttr)S(WindowAttr)S(StridedAttr)S(ColumnsAttr)S(GlobalAttr)S(PrefixAttr)S(BlockMaskAttr)S(PerHeadAttr)
#define E(A) Attribute A::simplifyPattern() const {return expand();}
E(FixedAttr)E(AxialAttr)E(LongformerAttr)E(BigBirdAttr)E(SparseTransformerStridedAttr)E(SparseTransformerFixedAttr)E(MistralAttr)E(PrefixLMAttr)E(StreamingAttr)
